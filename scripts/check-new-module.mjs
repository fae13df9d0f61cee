// Makes a package with `npm run new-module` in a temporary copy of the repository and takes it through everything
// that CI asks of a package, then breaks its invariant as its comment says, to see that it can fail.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { copyRepository } from "./repository-copy.mjs";

const copy = copyRepository("new-module");
const NAME = "label-noise";
const PURPOSE = 'Cross-entropy with noisy ("wrong") labels & their rates | symmetric or not';

function spawn(command, args) {
  console.log(`> ${[command, ...args].join(" ")}`);
  return spawnSync(command, args, {
    cwd: copy,
    encoding: "utf8",
    env: { ...process.env, XENT_RUNS: "", XENT_SEED: "" },
    maxBuffer: 2 ** 28,
  });
}

function run(command, ...args) {
  const { status, stdout, stderr } = spawn(command, args);
  if (status !== 0) {
    console.error(`${stdout}\n${stderr}`);
    console.error(`FAIL  ${[command, ...args].join(" ")} in a copy with a new module`);
    process.exit(1);
  }
  // Tools colour what they print where CI is set.
  return stripVTControlCharacters(stdout);
}

function expectText(text, pattern, what) {
  if (!pattern.test(text)) {
    console.error(`${text}\nFAIL  ${what}: no ${pattern} in the text above`);
    process.exit(1);
  }
}

run("npm", "run", "new-module", "--", "--name", NAME, "--purpose", PURPOSE);
for (const task of ["build", "typecheck", "lint", "test", "check:package"]) {
  run("node", "scripts/turbo.mjs", "run", task, `--filter=@xent/${NAME}`);
}
run("npm", "run", "lint:root");
run("npm", "run", "lint:imports");
run("node", "scripts/check-consumers.mjs", NAME);
expectText(
  run("npm", "test", "--", `--filter=@xent/${NAME}`),
  /^[1-9]\d* passed, 0 failed$/m,
  "npm test",
);
expectText(
  run("npm", "run", "-s", "invariants", "--", "--package", NAME, "--runs", "100"),
  /1 of 1 invariants hold/,
  "the runner knows the new invariant",
);
run("node", "scripts/invariant-catalogue.mjs", "--check");
expectText(
  run("npx", "changeset", "status"),
  new RegExp(`minor:[\\s\\S]*@xent/${NAME}\\b`),
  "changeset status",
);
expectText(
  readFileSync(join(copy, "README.md"), "utf8"),
  new RegExp(PURPOSE.slice(0, 20)),
  "README",
);

// The failing twin of the comment.
const file = join(copy, "packages", NAME, "src/invariants.ts");
const source = readFileSync(file, "utf8");
const twin = /^ *\/\/ *(error: .*,)$/m.exec(source)?.[1];
const real = /^ *error: [\s\S]*?(?=^ *\/\/)/m.exec(source)?.[0];
if (twin === undefined || real === undefined) throw new Error(`${file} states no failing twin`);
writeFileSync(file, source.replace(real, `${twin}\n`));
const { status, stdout } = spawn("npm", ["test", "--", `--filter=@xent/${NAME}`]);
expectText(stdout, /label-noise\/mean-of-shifted-values does not hold/, "the failing twin");
expectText(stdout, /case: \{"values":\[0\],"shift":1\}/, "its smallest counterexample");
if (status === 0) throw new Error("npm test passed with a failing invariant");

console.log(
  "ok    a new module builds, lints, type-checks, passes its tests, is packed, used and measured; its failing twin fails",
);
