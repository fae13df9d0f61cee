import { crc32 } from "node:zlib";
import type { JobFailure, JobStats, Stored } from "../contract.js";

// One record is one line of JSON with fields of fixed width in front, so that opening a store needs no JSON.parse:
//   {"id":"<64 hex>","sum":"<8 hex>","ms":12,"attempts":1,"result":{...}}
//   {"id":"<64 hex>","sum":"<8 hex>","failed":{"error":"...","attempts":3}}
// `sum` is the CRC-32 of the id and of everything after the field.
const BEFORE_ID = '{"id":"';
const BEFORE_SUM = '","sum":"';
const ID_AT = BEFORE_ID.length;
const ID_END = ID_AT + 64;
const SUM_AT = ID_END + BEFORE_SUM.length;
const SUM_END = SUM_AT + 8;
const TAIL_AT = SUM_END + 1;
const FAILED = ',"failed":';
const RESULT = ',"result":';

const hex = (n: number): string => n.toString(16).padStart(8, "0");

function line(id: string, tail: string): Buffer {
  const sum = crc32(tail, crc32(id));
  return Buffer.from(`${BEFORE_ID}${id}${BEFORE_SUM}${hex(sum)}"${tail}\n`, "utf8");
}

/** The line of a result, line end included. */
export function resultLine(id: string, result: string, stats: JobStats): Buffer {
  return line(id, `,"ms":${stats.ms},"attempts":${stats.attempts}${RESULT}${result}}`);
}

/** The line of a job that was given up. */
export function failureLine(id: string, failure: JobFailure): Buffer {
  return line(
    id,
    `${FAILED}${JSON.stringify({ error: failure.error, attempts: failure.attempts })}}`,
  );
}

/** Id and kind of a line (without its end), or undefined when it is damaged. */
export function checkLine(
  bytes: Buffer,
): { readonly id: string; readonly failed: boolean } | undefined {
  if (bytes.length < TAIL_AT + 2) return undefined;
  const head = bytes.toString("latin1", 0, TAIL_AT);
  if (
    !head.startsWith(BEFORE_ID) ||
    !head.startsWith(BEFORE_SUM, ID_END) ||
    head[SUM_END] !== '"'
  ) {
    return undefined;
  }
  const id = head.slice(ID_AT, ID_END);
  const sum = head.slice(SUM_AT, SUM_END);
  if (hex(crc32(bytes.subarray(TAIL_AT), crc32(id))) !== sum) return undefined;
  return { id, failed: bytes.toString("latin1", TAIL_AT, TAIL_AT + FAILED.length) === FAILED };
}

/** What a line holds that `checkLine` admitted. */
export function parseLine(bytes: Buffer): Stored {
  const text = bytes.toString("utf8");
  if (text.startsWith(FAILED, TAIL_AT)) {
    const { failed } = JSON.parse(text) as { failed: JobFailure };
    return { state: "failed", failure: failed };
  }
  // The result's own bytes, not what parsing and writing them again would give.
  const at = text.indexOf(RESULT, TAIL_AT) + RESULT.length;
  const stats = JSON.parse(`{${text.slice(TAIL_AT + 1, at - RESULT.length)}}`) as JobStats;
  return { state: "done", result: text.slice(at, -1), stats };
}
