import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DomainError } from "@xent/linalg";
import type { Progress } from "../pace.js";
import { writeWhole } from "./write-whole.js";

/** What was last run in a store: enough to report on it without being told again. */
export interface RunRecord {
  readonly format: "xent-campaign-run-1";
  /** As `campaignModule` gave it. */
  readonly module: string;
  readonly campaign: string;
  readonly version: string;
  /** As the command line and the settings file gave them. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** A running coordinator's word on how far it is. */
export interface Heartbeat {
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly progress: Progress;
}

const RUN = "run.json";
const HEARTBEAT = "progress.json";

/** @throws StoreError */
export function writeRunRecord(folder: string, record: RunRecord): void {
  writeWhole(join(folder, RUN), `${JSON.stringify(record, null, 2)}\n`);
}

/** Undefined when nothing was run there. @throws DomainError when the file is something else. */
export function readRunRecord(folder: string): RunRecord | undefined {
  const path = join(folder, RUN);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  let value: Partial<RunRecord> | null = null;
  try {
    value = JSON.parse(text) as Partial<RunRecord> | null;
  } catch {
    // Said below.
  }
  const ok =
    value?.format === "xent-campaign-run-1" &&
    [value.module, value.campaign, value.version].every((v) => typeof v === "string") &&
    typeof value.settings === "object" &&
    value.settings !== null;
  if (!ok) throw new DomainError(`${path} is no record of a campaign`);
  return value as RunRecord;
}

/** Failure to write it (a full disk) is not worth an error: the results are what counts. */
export function writeHeartbeat(folder: string, progress: Progress): void {
  try {
    const beat: Heartbeat = { pid: process.pid, at: Date.now(), progress };
    writeWhole(join(folder, HEARTBEAT), `${JSON.stringify(beat)}\n`);
  } catch {
    // See above.
  }
}

/** Says that the coordinator is gone. */
export function removeHeartbeat(folder: string): void {
  rmSync(join(folder, HEARTBEAT), { force: true });
}

/** Undefined when there is none, or it is older than `maxAge` milliseconds. */
export function readHeartbeat(folder: string, maxAge: number): Heartbeat | undefined {
  try {
    const beat = JSON.parse(readFileSync(join(folder, HEARTBEAT), "utf8")) as Heartbeat;
    return Date.now() - beat.at <= maxAge ? beat : undefined;
  } catch {
    return undefined;
  }
}
