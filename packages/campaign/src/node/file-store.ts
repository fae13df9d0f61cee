import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { DomainError } from "@xent/linalg";
import type { JobFailure, JobStats, Store, Stored } from "../contract.js";
import { NondeterminismError, StoreError } from "../errors.js";
import { IdTable } from "./id-table.js";
import { checkLine, failureLine, parseLine, resultLine } from "./store-line.js";
import { StoreLock } from "./store-lock.js";

const HEADER = '{"format":"xent-campaign-1"}\n';
const CHUNK = 4 * 2 ** 20;

/** The calls that change a store's file; tests pass some that fail. */
export interface FileCalls {
  write(
    descriptor: number,
    bytes: Uint8Array,
    from: number,
    length: number,
    position: number,
  ): number;
  truncate(descriptor: number, length: number): void;
  sync(descriptor: number): void;
}

const SYSTEM: FileCalls = { write: writeSync, truncate: ftruncateSync, sync: fdatasyncSync };

/** How a store is opened. */
export interface FileStoreOptions {
  /**
   * Milliseconds after which a write is followed by fdatasync. The end of this process loses nothing in
   * any case; a power cut loses at most the results of this time, which are then computed again. Default 1000.
   */
  readonly syncEvery?: number;
  /** Take no lock and write nothing: for a look at a store that another process fills. */
  readonly readOnly?: boolean;
  readonly calls?: FileCalls;
}

/**
 * Results in a folder: `results.jsonl`, a line each, append-only, with an index in memory that is built
 * from the lines when it is opened. Why not SQLite: measured in docs/campaigns.md.
 *
 * A last line that a crash cut is dropped, a line that is damaged otherwise (its checksum is wrong) is
 * passed over and counted in `damaged`: those jobs run again.
 */
export class FileStore implements Store {
  readonly folder: string;
  /** Lines passed over because their checksum was wrong, and 1 for a cut last line. */
  readonly damaged: number;
  readonly #descriptor: number;
  readonly #index = new IdTable();
  readonly #lock: StoreLock | undefined;
  readonly #calls: FileCalls;
  readonly #syncEvery: number;
  readonly #file: string;
  #end = HEADER.length;
  #unsynced = false;
  #lastSync: number = performance.now();
  #open = true;

  /**
   * Opens the store in `folder`, which is made when it is not there. O(bytes of the store).
   * @throws StoreLockedError when another coordinator has it, StoreError when it cannot be read or
   *   written, DomainError when the folder holds something else, NondeterminismError when it holds two
   *   results of one job.
   */
  constructor(folder: string, options: FileStoreOptions = {}) {
    this.folder = folder;
    this.#file = join(folder, "results.jsonl");
    this.#calls = options.calls ?? SYSTEM;
    this.#syncEvery = options.syncEvery ?? 1000;
    const readOnly = options.readOnly === true;
    if (readOnly && !existsSync(this.#file)) {
      throw new DomainError(`${folder} holds no campaign`);
    }
    this.#attempt("open", () => mkdirSync(folder, { recursive: true }));
    this.#lock = readOnly ? undefined : StoreLock.acquire(folder);
    try {
      this.#descriptor = this.#attempt("open", () =>
        openSync(this.#file, readOnly ? "r" : existsSync(this.#file) ? "r+" : "w+"),
      );
      try {
        this.damaged = this.#scan(readOnly);
      } catch (error) {
        closeSync(this.#descriptor);
        throw error;
      }
    } catch (error) {
      this.#lock?.release();
      throw error;
    }
  }

  /** Number of jobs that it knows. */
  get size(): number {
    return this.#index.size;
  }

  stateOf(id: string): "done" | "failed" | undefined {
    const place = this.#index.get(id);
    return place === undefined ? undefined : place.failed ? "failed" : "done";
  }

  get(id: string): Stored | undefined {
    const place = this.#index.get(id);
    return place === undefined ? undefined : parseLine(this.#read(place.offset, place.length));
  }

  put(id: string, result: string, stats: JobStats): boolean {
    const known = this.get(id);
    if (known?.state === "done") {
      if (known.result !== result) throw differs(id, known.result, result);
      return false;
    }
    this.#append(id, resultLine(id, result, stats), false);
    return true;
  }

  putFailure(id: string, failure: JobFailure): void {
    if (this.stateOf(id) === "done") return;
    this.#append(id, failureLine(id, failure), true);
  }

  /** What was put reaches the disk. @throws StoreError */
  sync(): void {
    if (!this.#unsynced) return;
    this.#attempt("sync", () => this.#calls.sync(this.#descriptor));
    this.#unsynced = false;
    this.#lastSync = performance.now();
  }

  /** Syncs, closes and releases the lock. Idempotent. @throws StoreError when the last sync fails. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    try {
      this.sync();
    } finally {
      closeSync(this.#descriptor);
      this.#lock?.release();
    }
  }

  #append(id: string, bytes: Buffer, failed: boolean): void {
    if (this.#lock === undefined) throw new StoreError(`${this.folder} is open for reading only`);
    const offset = this.#end;
    try {
      // A write may take part of the bytes, and say why only at the next one.
      for (let done = 0; done < bytes.length; ) {
        done += this.#calls.write(
          this.#descriptor,
          bytes,
          done,
          bytes.length - done,
          offset + done,
        );
      }
    } catch (error) {
      try {
        this.#calls.truncate(this.#descriptor, offset);
      } catch {
        // The part of a line stays. The next write goes over it, and opening the store drops it.
      }
      throw this.#error("write", error);
    }
    this.#end = offset + bytes.length;
    this.#unsynced = true;
    this.#index.set(id, { offset, length: bytes.length - 1, failed });
    if (performance.now() - this.#lastSync >= this.#syncEvery) this.sync();
  }

  #read(offset: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    const got = this.#attempt("read", () => {
      let done = 0;
      for (let n = 1; done < length && n > 0; done += n) {
        n = readSync(this.#descriptor, bytes, done, length - done, offset + done);
      }
      return done;
    });
    if (got < length) throw new StoreError(`${this.#file} became shorter while it was open`);
    return bytes;
  }

  /** Builds the index; cuts what follows the last whole line. Returns the number of damaged lines. */
  #scan(readOnly: boolean): number {
    const size = this.#attempt("read", () => fstatSync(this.#descriptor).size);
    const head = this.#read(0, Math.min(size, HEADER.length)).toString("latin1");
    if (!HEADER.startsWith(head)) {
      throw new DomainError(`${this.#file} is not a store of this version of xent campaign`);
    }
    if (head.length < HEADER.length) {
      if (!readOnly) this.#start();
      return 0;
    }
    let damaged = 0;
    let rest: Buffer = Buffer.alloc(0);
    let position = HEADER.length;
    while (position < size) {
      const chunk = this.#read(position, Math.min(CHUNK, size - position));
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const base = position - rest.length;
      let from = 0;
      for (let to = bytes.indexOf(10); to >= 0; to = bytes.indexOf(10, from)) {
        if (!this.#admit(bytes.subarray(from, to), base + from)) damaged++;
        from = to + 1;
      }
      rest = bytes.subarray(from);
      position += chunk.length;
    }
    this.#end = size - rest.length;
    if (rest.length === 0) return damaged;
    if (!readOnly) this.#attempt("write", () => this.#calls.truncate(this.#descriptor, this.#end));
    return damaged + 1;
  }

  #start(): void {
    const bytes = Buffer.from(HEADER);
    this.#attempt("write", () => {
      for (let done = 0; done < bytes.length; ) {
        done += this.#calls.write(this.#descriptor, bytes, done, bytes.length - done, done);
      }
    });
  }

  #admit(line: Buffer, offset: number): boolean {
    const checked = checkLine(line);
    if (checked === undefined) return false;
    const { id, failed } = checked;
    const known = this.#index.get(id);
    if (known !== undefined && !known.failed) {
      if (failed) return true;
      const [old, now] = [this.#read(known.offset, known.length), line].map(parseLine);
      if (old?.state === "done" && now?.state === "done" && old.result !== now.result) {
        throw differs(id, old.result, now.result);
      }
      return true;
    }
    this.#index.set(id, { offset, length: line.length, failed });
    return true;
  }

  #attempt<T>(what: string, action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw this.#error(what, error);
    }
  }

  #error(what: string, error: unknown): StoreError {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "ENOSPC" ? "no space left on the device (ENOSPC)" : message;
    return new StoreError(
      `cannot ${what} ${this.#file}: ${reason}; the ${this.size} results before it are kept`,
      { ...(code === undefined ? {} : { systemCode: code }), cause: error },
    );
  }
}

function differs(id: string, old: string, now: string): NondeterminismError {
  let at = 0;
  while (old[at] === now[at]) at++;
  const part = (text: string): string => text.slice(Math.max(0, at - 20), at + 40);
  return new NondeterminismError(
    id,
    `job ${id} gave two results that differ from character ${at}: "…${part(old)}…" before, "…${part(now)}…" now`,
  );
}
