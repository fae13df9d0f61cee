import { renameSync, rmSync, writeFileSync } from "node:fs";
import { StoreError } from "../errors.js";

/** The whole text or nothing: a file beside it is written and renamed over it. @throws StoreError */
export function writeWhole(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    throw new StoreError(`cannot write ${path}: ${message}`, {
      ...(code === undefined ? {} : { systemCode: code }),
      cause: error,
    });
  }
}
