import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { decodeBase64 } from "../src/base64.js";

const folder = fileURLToPath(new URL("..", import.meta.url));

test("the checked-in binary and constants are what assembly/ compiles to", () => {
  // In a process of its own: the compiler is a program, not a library of these tests.
  const script = `
    import { writtenFiles } from "./scripts/build-wasm.mjs";
    process.stdout.write(JSON.stringify(await writtenFiles()));`;
  const built = JSON.parse(
    execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: folder,
      encoding: "utf8",
    }),
  ) as Record<string, string>;
  expect(Object.keys(built)).toHaveLength(3);
  for (const [file, text] of Object.entries(built)) {
    // The whole text in a message would help nobody.
    expect(readFileSync(`${folder}/${file}`, "utf8") === text, file).toBe(true);
  }
});

test("base64 of every length decodes", () => {
  for (let n = 0; n < 70; n++) {
    const bytes = Uint8Array.from({ length: n }, (_, i) => (i * 89 + n * 7) % 256);
    expect(decodeBase64(Buffer.from(bytes).toString("base64"))).toEqual(bytes);
  }
});
