// Makes a package with `npm run new-module` in a temporary copy of the repository and takes it through everything
// that CI asks of a package: build, type check, lint, tests, package checks, and the invariant runner.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "..");
const copy = mkdtempSync(join(tmpdir(), "xent-new-module-"));
const NAME = "label-noise";

function run(command, ...args) {
  console.log(`> ${[command, ...args].join(" ")}`);
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: copy,
    encoding: "utf8",
    env: { ...process.env, XENT_RUNS: "" },
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) {
    rmSync(copy, { recursive: true, force: true });
    console.error(`${stdout}\n${stderr}`);
    console.error(`FAIL  ${[command, ...args].join(" ")} in a copy with a new module`);
    process.exit(1);
  }
  return stdout;
}

const listed = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
  cwd: root,
  encoding: "utf8",
});
for (const path of listed.stdout.split("\0").filter((p) => p !== "")) {
  cpSync(join(root, path), join(copy, path), { recursive: true, force: true });
}
if (!listed.stdout.includes("package.json")) throw new Error(`${dirname(root)} is not a checkout`);
run("git", "init", "--quiet"); // turbo and biome look for the repository
run("npm", "ci", "--prefer-offline");
run(
  "npm",
  "run",
  "new-module",
  "--",
  "--name",
  NAME,
  "--purpose",
  "Cross-entropy with noisy labels",
);
for (const task of ["build", "typecheck", "lint", "test", "check:package"]) {
  run("node", "scripts/turbo.mjs", "run", task, `--filter=@xent/${NAME}`);
}
run("npm", "run", "lint:imports");
const report = run("npm", "run", "-s", "invariants", "--", "--package", NAME, "--runs", "100");
if (!/[1-9]\d* of [1-9]\d* invariants hold/.test(report)) {
  console.error(report);
  process.exit(1);
}
console.log(
  `ok    a new module builds, lints, type-checks, passes its tests and reports its invariant`,
);
rmSync(copy, { recursive: true, force: true });
