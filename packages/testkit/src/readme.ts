import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { format } from "node:util";
import { expect, test } from "vitest";
import { examplesOf } from "./examples.js";

/**
 * One test for each fenced `ts` block of the README beside the test's package: the block runs as a
 * module as printed, and every `console.log` line must equal the `// => text` comments, in order.
 *
 * @param testFile - `import.meta.url` of the test file in `<package>/test/`.
 */
export function runReadmeExamples(testFile: string, readme = "../README.md"): void {
  const folder = new URL("../.readme-examples/", testFile);
  // Test files of one package run at the same time: each writes under its own name.
  const prefix = testFile.slice(testFile.lastIndexOf("/") + 1).replace(/\W+/g, "-");
  const examples = examplesOf(readFileSync(new URL(readme, testFile), "utf8"));
  test("README has an example", () => {
    expect(examples.length).toBeGreaterThan(0);
  });
  for (const [n, example] of examples.entries()) {
    test(`README example at line ${example.line} runs and prints what it says`, async () => {
      mkdirSync(folder, { recursive: true });
      const file = fileURLToPath(new URL(`${prefix}-${n}.ts`, folder));
      writeFileSync(file, example.code);
      const lines: string[] = [];
      const log = console.log;
      console.log = (...args: unknown[]) => void lines.push(format(...args));
      try {
        await import(/* @vite-ignore */ pathToFileURL(file).href);
      } finally {
        console.log = log;
        rmSync(file);
      }
      expect(lines).toEqual(example.printed);
    });
  }
}
