// Rehearses a release in a temporary copy: `changeset version`, then packs every public package and reads what would be
// published: versions, ranges between our packages, changelogs. Nothing is published and no registry is asked.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { copyRepository } from "./repository-copy.mjs";
import { publishablePackages, readJson, root } from "./workspace.mjs";

const copy = copyRepository("release");
const faults = [];

function run(command, ...args) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: copy, encoding: "utf8" });
  if (status !== 0) throw new Error(`${[command, ...args].join(" ")}:\n${stdout}${stderr}`);
  return stdout;
}

const before = publishablePackages();
const pending = readdirSync(join(root, ".changeset")).filter((f) => f.endsWith(".md"));
run("npx", "changeset", "version");
const after = publishablePackages(copy);

const left = readdirSync(join(copy, ".changeset")).filter((f) => f.endsWith(".md"));
if (left.length > 0) faults.push(`changesets that name no public package: ${left.join(", ")}`);

/** Least version that a caret range admits; enough for the ranges that we write. */
const caret = (range) => /^\^(\d+\.\d+\.\d+)$/.exec(range)?.[1];

for (const { name, folder, manifest } of after) {
  const old = before.find((p) => p.name === name).manifest.version;
  const text = existsSync(join(folder, "CHANGELOG.md"))
    ? readFileSync(join(folder, "CHANGELOG.md"), "utf8")
    : "";
  if (old === "0.0.0" && manifest.version === "0.0.0") {
    faults.push(`${name} was never released and no changeset names it`);
  }
  if (manifest.version !== old && !text.includes(`## ${manifest.version}\n`)) {
    faults.push(`${name}/CHANGELOG.md has no entry for ${manifest.version}`);
  }
  for (const link of text.match(/(https?:\/\/|git@|file:|\]\()\S*/g) ?? []) {
    faults.push(`${name}/CHANGELOG.md links ${link}`);
  }
  const ranges = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies });
  for (const [dependency, range] of ranges) {
    const ours = after.find((p) => p.manifest.name === dependency)?.manifest;
    if (ours !== undefined && caret(range) !== ours.version) {
      faults.push(`${name} asks for ${dependency} ${range}, and this releases ${ours.version}`);
    }
    if (
      ours === undefined &&
      (dependency.startsWith("@xent/") || /^(file|link|workspace):/.test(range))
    ) {
      faults.push(`${name} depends on ${dependency} ${range}, which is not published`);
    }
  }
  if (manifest.publishConfig?.access !== "public") faults.push(`${name} is not published publicly`);

  // What npm would upload, with the files that are built here.
  if (existsSync(join(root, "packages", name, "dist"))) {
    cpSync(join(root, "packages", name, "dist"), join(folder, "dist"), { recursive: true });
  }
  const [packed] = JSON.parse(
    run("npm", "pack", "--dry-run", "--json", "--ignore-scripts", folder),
  );
  const paths = packed.files.map((f) => f.path);
  for (const wanted of ["CHANGELOG.md", "README.md", "LICENSE", "dist/index.js"]) {
    if (!paths.includes(wanted)) faults.push(`${packed.filename} lacks ${wanted}`);
  }
  console.log(`${packed.filename}: ${paths.length} files, ${packed.size} bytes`);
}

const published = readJson(join(copy, "package.json"));
if (published.private !== true) faults.push("the root package is not private");
for (const fault of faults) console.error(`FAIL  ${fault}`);
console.log(`${pending.length} changesets, ${after.length} packages, ${faults.length} faults`);
process.exit(faults.length > 0 ? 1 : 0);
