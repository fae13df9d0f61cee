import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requireWritable, UsageError, writeFileWhole } from "@xent/app-kit";
import { afterAll, describe, expect, test } from "vitest";
import { captureCli } from "./run-cli.js";

const folder = mkdtempSync(join(tmpdir(), "xent-demo-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("bad input ends with one line that names the value, exit code 2, and no file", () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["unknown flag", ["--speed"], /unknown option '--speed'/],
    ["unknown command", ["fly"], /unknown command "fly"; the commands are: /],
    [
      "seed in words",
      ["--seed", "one"],
      /'--seed <integer>' argument 'one' is invalid. It must be an integer in 0\.\.4294967295/,
    ],
    ["seed too large", ["--seed", "4294967296"], /4294967296/],
    ["negative seed", ["--seed=-1"], /argument '-1' is invalid/],
    ["half a seed", ["--seed", "1.5"], /argument '1\.5' is invalid/],
    ["hexadecimal seed", ["--seed", "0x10"], /argument '0x10' is invalid/],
    ["no steps", ["--steps", "0"], /argument '0' is invalid. It must be an integer in 2\.\.100000/],
    ["time 0", ["--until", "0"], /argument '0' is invalid/],
    ["endless time", ["--until", "Infinity"], /argument 'Infinity' is invalid/],
    ["no workers", ["--workers", "0"], /argument '0' is invalid/],
    [
      "missing folder",
      ["--out", join(folder, "missing", "report.html")],
      /cannot write --out ".*missing.report\.html": no such file or directory/,
    ],
    ["a folder", ["--out", folder], /cannot write --out ".*": it is a folder/],
    ["empty path", ["--out", ""], /--out "" is not a path/],
    [
      "a device",
      ["--out", "/dev/null"],
      /cannot write --out "\/dev\/null": it is not a regular file/,
    ],
  ];
  test.each(cases)("%s", async (_name, args, message) => {
    const { code, stdout, stderr } = await captureCli(args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("--help is no error and names every option", async () => {
    const { code, stdout, stderr } = await captureCli(["--help"]);
    expect(code).toBe(0);
    expect(stderr).toBe("");
    for (const option of ["--seed", "--json", "--out", "--steps", "--until", "--workers"]) {
      expect(stdout).toContain(option);
    }
  });
});

describe("a file is written whole or not at all", () => {
  test("replaces an older file and leaves nothing else behind", () => {
    const path = join(folder, "a.html");
    writeFileSync(path, "old");
    writeFileWhole(path, "new ü");
    expect(readFileSync(path, "utf8")).toBe("new ü");
    expect(readdirSync(folder)).toEqual(["a.html"]);
    rmSync(path);
  });

  test("writes through a link and keeps the link", () => {
    const [target, link] = [join(folder, "target.html"), join(folder, "link.html")];
    writeFileSync(target, "old");
    symlinkSync(target, link);
    writeFileWhole(link, "new");
    expect(readFileSync(target, "utf8")).toBe("new");
    rmSync(link);
    rmSync(target);
  });

  test("the check beforehand leaves nothing behind", () => {
    requireWritable(join(folder, "later.html"));
    expect(readdirSync(folder)).toEqual([]);
    expect(() => requireWritable(join(folder, "none", "x"))).toThrow(UsageError);
  });
});
