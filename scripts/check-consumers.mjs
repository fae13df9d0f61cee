// Packs every public package and uses each as a consumer would, alone in a project of its own: ESM, CommonJS,
// TypeScript, and a Vite build for browsers. What is run is the first example of its README, which must print what it says.
// Prints the gzipped size of that example's bundle and holds it against scripts/size-budget.json.
// `-- <name> ...` checks these packages only.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { examplesOf } from "../packages/testkit/dist/examples.js";
import { bundle, hasBrowser, runInBrowser } from "./consumer-browser.mjs";
import { installInto, pack } from "./consumer-project.mjs";
import { RESOLUTIONS, transpile, typeCheck } from "./consumer-typescript.mjs";
import { checkDeclaredDependencies } from "./declared-dependencies.mjs";
import { publishablePackages, readJson, root } from "./workspace.mjs";

const budgets = readJson(join(root, "scripts/size-budget.json"));
const packages = publishablePackages();
const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !packages.some((p) => p.name === name));
if (unknown.length > 0) throw new Error(`no public package is called ${unknown.join(", ")}`);
const work = mkdtempSync(join(tmpdir(), "xent-consumers-"));
let failed = 0;

async function attempt(name, action) {
  try {
    const note = await action();
    console.log(`ok    ${name}${note ? `: ${note}` : ""}`);
  } catch (error) {
    failed++;
    console.log(
      `FAIL  ${name}\n${error.stdout ?? ""}${error.stderr ?? ""}${error.message ?? error}`,
    );
  }
}

function checkTarball(paths) {
  const wanted = ["package.json", "README.md", "LICENSE", "dist/index.js", "dist/index.d.ts"];
  const missing = wanted.filter((path) => !paths.includes(path));
  if (missing.length > 0) throw new Error(`${missing.join(", ")} is missing`);
  const stray = paths.filter((p) => /tsbuildinfo|(^|\/)tests?\/|\.results|\.turbo/.test(p));
  if (stray.length > 0) throw new Error(`stray files: ${stray.join(", ")}`);
  return `${paths.length} files`;
}

/** Entries that can be imported with nothing else installed: the vitest adapter asks for its optional peer. */
function entriesOf({ manifest }) {
  return Object.keys(manifest.exports)
    .filter((key) => key !== "./package.json" && key !== "./vitest" && !key.includes("*"))
    .map((key) => `${manifest.name}${key.slice(1)}`);
}

const nonEmpty = (load) => `if (Object.keys(${load}).length === 0) throw new Error("no exports");`;

/** The files of the consumer: the example and one that loads every entry, as ESM, CommonJS and TypeScript. */
function writeConsumer(project, entries, example) {
  const write = (file, text) => writeFileSync(join(project, file), text);
  for (const [kind, type] of [
    ["esm", "module"],
    ["cjs", "commonjs"],
  ]) {
    mkdirSync(join(project, kind));
    write(`${kind}/package.json`, JSON.stringify({ private: true, type }));
    write(
      `${kind}/entries.js`,
      entries
        .map((e) => nonEmpty(kind === "esm" ? `await import("${e}")` : `require("${e}")`))
        .join("\n"),
    );
    const code = transpile(example.code, kind);
    // CommonJS has no await outside a function.
    const wrap = kind === "cjs" && /^[^/]*\bawait\b/m.test(code);
    write(`${kind}/example.js`, wrap ? `(async () => {\n${code}\n})();` : code);
    const all = entries.map((e, i) => `import * as m${i} from "${e}";`).join("\n");
    const list = entries.map((_, i) => `m${i}`).join(", ");
    write(`${kind}/entries.ts`, `${all}\nexport const all: object[] = [${list}];\n`);
  }
  // A file of CommonJS that awaits has no top level to do so: there the entries alone are checked.
  write("esm/example.ts", `${example.code}\nexport {};\n`);
  write("cjs/example.ts", /\bawait\b/.test(example.code) ? "export {};" : example.code);
}

function runExample(project, kind, printed) {
  const node = (file) =>
    execFileSync(process.execPath, ["--disable-warning=ExperimentalWarning", file], {
      cwd: join(project, kind),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  node("entries.js");
  const out = node("example.js").trimEnd();
  if (out !== printed.join("\n")) {
    throw new Error(`printed\n${out}\ninstead of\n${printed.join("\n")}`);
  }
}

async function checkBrowser(consumed, project, example) {
  const budget = budgets[consumed.name] ?? budgets.default;
  writeFileSync(join(project, "all.js"), `export * from "${consumed.manifest.name}";\n`);
  const { code, chunks, bytes } = await bundle(project, "esm/example.js");
  if (bytes > budget) {
    throw new Error(`README example is ${bytes} bytes gzipped, over its budget of ${budget}`);
  }
  let ran = "no Chromium to run it in";
  if (hasBrowser && chunks === 1) {
    const lines = runInBrowser(code);
    const wrong = example.printed.findIndex((text, i) => lines[i] !== null && lines[i] !== text);
    if (lines.length !== example.printed.length || wrong >= 0) {
      throw new Error(`in Chromium it printed ${JSON.stringify(lines)}`);
    }
    ran = "prints the same in Chromium";
  }
  return `${bytes} of ${budget} bytes gzipped; ${ran}`;
}

const tarballs = new Map();
const contents = new Map();
for (const { name, folder, manifest } of packages) {
  const { tarball, paths } = pack(folder, work);
  tarballs.set(manifest.name, tarball);
  contents.set(name, paths);
}

for (const consumed of packages.filter((p) => chosen.length === 0 || chosen.includes(p.name))) {
  const { name } = consumed;
  const project = join(work, name);
  const example = examplesOf(consumed.readme)[0];
  const check = (what, action) => attempt(`${name}, ${what}`, action);
  await check("tarball", () => checkTarball(contents.get(name)));
  await check("dependencies as in the README", () => checkDeclaredDependencies(consumed));
  let there = false;
  await check("npm install in an empty project", () => {
    if (example === undefined) throw new Error("README has no ts example");
    const count = installInto(project, consumed, packages, tarballs).packages;
    writeConsumer(project, entriesOf(consumed), example);
    there = true;
    return `${count} packages`;
  });
  if (!there) continue;
  await check("ESM project", () => runExample(project, "esm", example.printed));
  await check("CommonJS project", () => runExample(project, "cjs", example.printed));
  for (const [title, options, kind] of RESOLUTIONS) {
    await check(`TypeScript, ${title}`, () => {
      typeCheck(join(project, kind), ["entries.ts", "example.ts"], options);
    });
  }
  if (budgets[name] === "node") continue;
  await check("Vite", () => checkBrowser(consumed, project, example));
}

rmSync(work, { recursive: true, force: true });
if (failed > 0) {
  console.error(`${failed} consumer checks failed`);
  process.exit(1);
}
