import { readFileSync } from "node:fs";

/** Parses a JSON file that stands beside the test (`import.meta.url`) which asks for it. */
export function loadReference<T>(path: string, from: string): T {
  return JSON.parse(readFileSync(new URL(path, from), "utf8")) as T;
}
