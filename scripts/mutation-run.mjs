// How scripts/mutation.mjs starts Stryker.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { turboCommand } from "./turbo.mjs";
import { root } from "./workspace.mjs";

export const MUTATED = ["softmax-spectral", "taylor-radius", "fgn"];

/** Builds what the package needs, runs Stryker on its files (all, when none is given), returns the report's path. */
export function runStryker(name, files) {
  const built = turboCommand([
    "run",
    "build",
    "--filter=@xent/testkit",
    `--filter=@xent/${name}^...`,
    "--output-logs=errors-only",
  ]);
  if (built !== 0) process.exit(built);
  const folder = `packages/${name}`;
  const mutate =
    files.length > 0
      ? files.map((file) => `${folder}/${file}`)
      : [`${folder}/src/**/*.ts`, `!${folder}/src/invariants{.ts,/**}`, `!${folder}/src/index.ts`];
  const stryker = join(root, "node_modules", "@stryker-mutator", "core", "bin", "stryker.js");
  const { status } = spawnSync(process.execPath, [stryker, "run", "--mutate", mutate.join(",")], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, XENT_MUTATION_PACKAGE: name },
  });
  if (status !== 0) process.exit(status ?? 1);
  return join(root, "reports", "mutation", `${name}.json`);
}
