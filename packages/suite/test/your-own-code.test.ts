import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runReadmeExamples } from "@xent/testkit";
import { expect, test } from "vitest";

const page = "../../../docs/your-own-code.md";
runReadmeExamples(import.meta.url, page);

test("the suite module of the page fails as the page says", () => {
  const text = readFileSync(new URL(page, import.meta.url), "utf8");
  const block = (language: string): string =>
    new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(text)![1]!;
  const command = / {4}npx xent-invariants (.*)/.exec(text)![1]!.split(" ");
  const folder = fileURLToPath(new URL("../.readme-examples/", import.meta.url));
  const file = `${folder}my-suite.mjs`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, block("js"));
  const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
  const args = command.map((word) => (word === "my-suite.mjs" ? file : word));
  const { status, stdout } = spawnSync(process.execPath, [cli, ...args], { encoding: "utf8" });
  rmSync(file);
  expect(stdout).toContain(block("text"));
  expect(status).toBe(1);
});
