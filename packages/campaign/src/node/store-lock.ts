import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { StoreError, StoreLockedError } from "../errors.js";

interface Holder {
  readonly pid: number;
  readonly host: string;
}

function holderOf(path: string): { readonly text: string; readonly holder: Holder | undefined } {
  let text = "";
  try {
    text = readFileSync(path, "utf8");
    const value = JSON.parse(text) as Partial<Holder> | null;
    if (typeof value?.pid === "number" && typeof value.host === "string") {
      return { text, holder: value as Holder };
    }
  } catch {
    // Gone meanwhile, or not ours: the caller tries again or says so.
  }
  return { text, holder: undefined };
}

/** Whether a process of this machine lives. One of another user answers EPERM and lives. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/**
 * One coordinator a store: a file `lock` that names the process, made by a hard link so that it is never
 * seen half written. A lock whose process is gone from this machine is taken over; one of another
 * machine (a shared folder) never is, because nobody here can tell.
 */
export class StoreLock {
  readonly #path: string;
  readonly #text: string;
  #held = true;

  private constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
  }

  /** @throws StoreLockedError that names the holder; StoreError when the folder cannot be written. */
  static acquire(folder: string): StoreLock {
    const path = join(folder, "lock");
    const text = `${JSON.stringify({ pid: process.pid, host: hostname(), at: new Date().toISOString() })}\n`;
    const own = `${path}.${process.pid}`;
    try {
      writeFileSync(own, text);
      // The second try is after a stale lock was moved away; the third would mean that others are faster.
      for (let tries = 0; tries < 2; tries++) {
        try {
          linkSync(own, path);
          return new StoreLock(path, text);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
          StoreLock.#removeStale(path);
        }
      }
    } catch (error) {
      if (error instanceof StoreLockedError) throw error;
      const { code, message } = error as NodeJS.ErrnoException;
      throw new StoreError(`cannot lock ${folder}: ${message}`, {
        ...(code === undefined ? {} : { systemCode: code }),
        cause: error,
      });
    } finally {
      rmSync(own, { force: true });
    }
    throw new StoreLockedError(`${path} was taken by another process just now`);
  }

  static #removeStale(path: string): void {
    const { text, holder } = holderOf(path);
    if (holder === undefined) {
      if (text === "") return;
      throw new StoreLockedError(`${path} is no lock of this program; remove it if nothing runs`);
    }
    if (holder.host !== hostname() || lives(holder.pid)) {
      throw new StoreLockedError(
        `the store is in use by process ${holder.pid} on ${holder.host}; if there is no such process, remove ${path}`,
      );
    }
    // Renaming decides between several that found it stale. Who moved a lock that is not the stale one puts it back.
    const aside = `${path}.stale.${process.pid}`;
    try {
      renameSync(path, aside);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
      throw error;
    }
    const moved = readFileSync(aside, "utf8");
    if (moved !== text) {
      try {
        linkSync(aside, path);
      } finally {
        rmSync(aside, { force: true });
      }
      throw new StoreLockedError(`${path} was taken by another process just now`);
    }
    rmSync(aside, { force: true });
  }

  /** Idempotent; leaves a lock alone that is not its own any more. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    if (holderOf(this.#path).text === this.#text) rmSync(this.#path, { force: true });
  }
}
