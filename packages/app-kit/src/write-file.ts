import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { systemReason, UsageError } from "./errors.js";

/** Where a write to `path` really goes: links are followed, so that they survive the rename. */
function targetOf(path: string): string {
  const target = resolve(path);
  try {
    if (lstatSync(target).isSymbolicLink()) return realpathSync(target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return target;
}

function temporaryBeside(target: string): string {
  return join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
}

/**
 * Throws a UsageError that names the path unless a file can be written there; leaves nothing behind. For
 * use before long work. A device or a folder is refused: the rename would replace it.
 */
export function requireWritable(path: string): void {
  if (path === "") throw new UsageError('--out "" is not a path');
  try {
    const target = targetOf(path);
    const existing = statSync(target, { throwIfNoEntry: false });
    if (existing !== undefined) {
      if (!existing.isFile()) {
        throw new UsageError(
          `cannot write --out "${path}": it is ${existing.isDirectory() ? "a folder" : "not a regular file"}`,
        );
      }
      accessSync(target, constants.W_OK);
    }
    const probe = temporaryBeside(target);
    closeSync(openSync(probe, "wx"));
    rmSync(probe);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`cannot write --out "${path}": ${systemReason(error)}`);
  }
}

/**
 * Writes the whole text or nothing: a temporary file beside the target is filled, synced and renamed
 * over it. On failure the temporary file is removed, an older target stays, and a UsageError names the path.
 */
export function writeFileWhole(path: string, text: string): void {
  requireWritable(path);
  const target = targetOf(path);
  const temporary = temporaryBeside(target);
  try {
    const descriptor = openSync(temporary, "wx");
    try {
      const bytes = Buffer.from(text, "utf8");
      let written = 0;
      while (written < bytes.length) {
        written += writeSync(descriptor, bytes, written, bytes.length - written);
      }
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new UsageError(`cannot write --out "${path}": ${systemReason(error)}`);
  }
}
