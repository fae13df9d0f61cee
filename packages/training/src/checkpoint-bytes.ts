import { DomainError } from "@xent/linalg";
import type { TrainingCheckpoint } from "./checkpoint.js";
import { asRecord, toExactNumbers } from "./exact-json.js";

/** "xenttrn1": what the bytes begin with. */
const MAGIC = Uint8Array.from("xenttrn1", (c) => c.charCodeAt(0));
const HEADER_START = MAGIC.length + 4;

/** Where an array of numbers belongs in the JSON beside it. */
interface Placed {
  readonly path: readonly string[];
  readonly length: number;
}

/**
 * A checkpoint in binary form, about 8 bytes a number (JSON takes about 20): "xenttrn1", the length of the
 * header (uint32), the header (ASCII JSON of all that is not an array of numbers), and the numbers (float64), all little-endian.
 * {@link checkpointFromBytes} gives back the same checkpoint, bit by bit.
 */
export function checkpointToBytes(checkpoint: TrainingCheckpoint): Uint8Array {
  const placed: Placed[] = [];
  const arrays: (readonly (number | "-0")[])[] = [];
  const strip = (value: unknown, path: readonly string[]): unknown => {
    if (isNumbers(value)) {
      placed.push({ path, length: value.length });
      arrays.push(value);
      return null;
    }
    if (Array.isArray(value)) return value.map((v, i) => strip(v, [...path, String(i)]));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, v]) => [key, strip(v, [...path, key])]),
    );
  };
  const header = asciiJson({ data: strip(checkpoint, []), placed });
  const count = arrays.reduce((sum, a) => sum + a.length, 0);
  const bytes = new Uint8Array(HEADER_START + header.length + 8 * count);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(MAGIC.length, header.length, true);
  bytes.set(header, HEADER_START);
  let at = HEADER_START + header.length;
  for (const array of arrays) {
    for (const v of array) {
      view.setFloat64(at, v === "-0" ? -0 : v, true);
      at += 8;
    }
  }
  return bytes;
}

/**
 * The checkpoint that {@link checkpointToBytes} wrote, for `resume`. Whether it fits the run is checked there.
 *
 * @throws DomainError for bytes that are not such a checkpoint, or only a part of one.
 */
export function checkpointFromBytes(bytes: Uint8Array): TrainingCheckpoint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_START || MAGIC.some((b, i) => bytes[i] !== b)) {
    throw new DomainError(
      `bytes (${bytes.length}) are not a checkpoint: they do not begin with "xenttrn1"`,
    );
  }
  const end = HEADER_START + view.getUint32(MAGIC.length, true);
  const { data, placed } = parseHeader(bytes.subarray(HEADER_START, end));
  let at = end;
  for (const { path, length } of placed) {
    if (at + 8 * length > bytes.length) break;
    const values = Float64Array.from({ length }, (_, k) => view.getFloat64(at + 8 * k, true));
    at += 8 * length;
    place(data, path, toExactNumbers(values));
  }
  const wanted = end + 8 * placed.reduce((sum, { length }) => sum + length, 0);
  if (wanted !== bytes.length) {
    throw new DomainError(`bytes have length ${bytes.length}, expected ${wanted} by their header`);
  }
  return data as TrainingCheckpoint;
}

/** JSON in ASCII: other characters, which only stand in strings, are escaped. */
function asciiJson(value: unknown): Uint8Array {
  const text = JSON.stringify(value).replaceAll(
    /[^ -~]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

function isNumbers(value: unknown): value is (number | "-0")[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((v) => typeof v === "number" || v === "-0")
  );
}

function parseHeader(text: Uint8Array): { data: unknown; placed: Placed[] } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Array.from(text, (code) => String.fromCharCode(code)).join(""));
  } catch {
    throw new DomainError("bytes are not a checkpoint: the header is not JSON");
  }
  const { data, placed } = asRecord<"data" | "placed">("header", parsed);
  const valid =
    Array.isArray(placed) &&
    placed.every((p: unknown) => {
      const { path, length } = asRecord<"path" | "length">("header.placed", p);
      return (
        Array.isArray(path) && path.length > 0 && Number.isSafeInteger(length) && Number(length) > 0
      );
    });
  if (!valid) throw new DomainError("bytes are not a checkpoint: header.placed is damaged");
  return { data, placed: placed as Placed[] };
}

/** Sets what stands at `path`, which must be there already. */
function place(data: unknown, path: readonly string[], value: unknown): void {
  let at = data;
  for (const [depth, key] of path.entries()) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) {
      throw new DomainError(`bytes are not a checkpoint: nothing stands at ${path.join(".")}`);
    }
    const parent = at as Record<string, unknown>;
    if (depth === path.length - 1) parent[key] = value;
    else at = parent[key];
  }
}
