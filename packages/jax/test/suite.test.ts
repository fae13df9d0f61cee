import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { jaxInvariants } from "../src/invariants.js";

// Both built, as a user has them (turbo builds before it tests).
const cli = fileURLToPath(new URL("../../suite/dist/cli.js", import.meta.url));
const folder = fileURLToPath(new URL("..", import.meta.url));

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [cli, "--suite", "@xent/jax/suite", ...args], {
    encoding: "utf8",
    cwd: folder,
  });
}

test("the runner lists these invariants by the name of the module", () => {
  const { status, stdout, stderr } = run("--list");
  expect([status, stderr]).toEqual([0, ""]);
  const ids = stdout.trim().split("\n");
  expect(ids.map((line) => line.split("  ")[0])).toEqual(jaxInvariants().map((i) => i.id));
});

test("it measures them on threads, each of which starts jax-js", () => {
  const args = ["--id", "round-trip", "--runs", "500", "--workers", "2", "--json"];
  const { status, stdout, stderr } = run(...args);
  expect(status, stderr).toBe(0);
  const { invariants } = JSON.parse(stdout) as { invariants: { status: string; cases: number }[] };
  expect(invariants.map(({ status: s, cases }) => [s, cases])).toEqual([["holds", 500]]);
});
