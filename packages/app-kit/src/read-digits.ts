import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Digits, parseDigits } from "./digits.js";
import { systemReason, UsageError } from "./errors.js";

const DATA_PATH = fileURLToPath(new URL("../../../apps/demo/data/digits.csv", import.meta.url));

let bundled: Digits | undefined;

/**
 * The data set that comes with the demo (attribution in apps/demo/data/README.md), from the sources as well as from dist.
 * It is read once a thread, however many runs ask for it; leave it unchanged.
 */
export function loadDigits(path?: string): Digits {
  if (path !== undefined) return readDigits(path);
  bundled ??= readDigits(DATA_PATH);
  return bundled;
}

function readDigits(path: string): Digits {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`cannot read "${path}": ${systemReason(error)}`);
  }
  return parseDigits(text, path);
}
