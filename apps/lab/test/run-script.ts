import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const results = join(import.meta.dirname, "../.results");

/** Runs a Node script beside the packages, as somebody would who copied it from the page, and parses what it prints. */
export function runScript(code: string): Record<string, number> {
  mkdirSync(results, { recursive: true });
  const folder = mkdtempSync(join(results, "script-"));
  try {
    const file = join(folder, "copied.mjs");
    writeFileSync(file, code);
    const output = execFileSync(process.execPath, [file], {
      encoding: "utf8",
      cwd: join(results, "../../.."),
    });
    const parsed = JSON.parse(output) as Record<string, number | string>;
    return Object.fromEntries(Object.entries(parsed).map(([key, value]) => [key, Number(value)]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
