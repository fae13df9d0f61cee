// Packs every public package, installs the tarballs into an empty project, and uses them as a consumer would:
// ESM, CommonJS, TypeScript with moduleResolution node16 and bundler, and a Vite build for browsers.
// Prints the gzipped bundle size of each package's common use and holds it against scripts/size-budget.json.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const root = join(import.meta.dirname, "..");
const budgets = JSON.parse(readFileSync(join(root, "scripts/size-budget.json"), "utf8"));
const packages = readdirSync(join(root, "packages"))
  .map((name) => ({
    name,
    manifest: JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8")),
  }))
  .filter(({ manifest }) => !manifest.private);
const work = mkdtempSync(join(tmpdir(), "xent-consumers-"));
const project = join(work, "project");
mkdirSync(project);
let failed = 0;

function attempt(name, action) {
  try {
    const note = action();
    console.log(`ok    ${name}${note ? `: ${note}` : ""}`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${name}\n${error.stdout ?? ""}${error.stderr ?? ""}${error.message}`);
  }
}

function run(command, ...args) {
  return execFileSync(command, args, {
    cwd: project,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

const tarballs = packages.map(({ name }) => {
  const [{ filename, files }] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--pack-destination", work], {
      cwd: join(root, "packages", name),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }),
  );
  attempt(`${name}: tarball has what it should`, () => {
    const paths = files.map((f) => f.path);
    for (const wanted of [
      "package.json",
      "README.md",
      "LICENSE",
      "dist/index.js",
      "dist/index.d.ts",
    ]) {
      if (!paths.includes(wanted)) throw new Error(`${wanted} is missing`);
    }
    const stray = paths.filter((p) => /tsbuildinfo|(^|\/)test\/|\.results/.test(p));
    if (stray.length > 0) throw new Error(`stray files: ${stray.join(", ")}`);
    return `${paths.length} files`;
  });
  return join(work, filename);
});

writeFileSync(
  join(project, "package.json"),
  JSON.stringify({ name: "consumer", private: true, type: "module" }),
);
run("npm", "install", "--prefer-offline", "--no-audit", "--no-fund", ...tarballs);

// Entries that a browser can load; the suite runner and the vitest adapter are for Node.
const entries = packages.flatMap(({ name, manifest }) =>
  Object.keys(manifest.exports)
    .filter((key) => key !== "./package.json" && key !== "./vitest")
    .map((key) => ({
      name,
      specifier: `${manifest.name}${key.slice(1)}`,
      nodeOnly: name === "suite",
    })),
);

for (const { specifier } of entries) {
  attempt(`ESM import ${specifier}`, () => {
    run(
      "node",
      "--input-type=module",
      "-e",
      `const m = await import(${JSON.stringify(specifier)}); if (Object.keys(m).length === 0) throw new Error("exports nothing");`,
    );
  });
  attempt(`CommonJS require ${specifier}`, () => {
    run(
      "node",
      "--input-type=commonjs",
      "-e",
      `const m = require(${JSON.stringify(specifier)}); if (Object.keys(m).length === 0) throw new Error("exports nothing");`,
    );
  });
}

writeFileSync(
  join(project, "index.ts"),
  `${entries.map(({ specifier }, i) => `import * as m${i} from "${specifier}";`).join("\n")}\nexport const all: object[] = [${entries.map((_, i) => `m${i}`).join(", ")}];\n`,
);
for (const [resolution, module] of [
  ["node16", "node16"],
  ["bundler", "esnext"],
]) {
  attempt(`TypeScript, moduleResolution ${resolution}`, () => {
    writeFileSync(
      join(project, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          noEmit: true,
          target: "ES2022",
          lib: ["ES2022"],
          types: [],
          module,
          moduleResolution: resolution,
          skipLibCheck: true,
        },
        include: ["index.ts"],
      }),
    );
    run("node", join(root, "node_modules/typescript/bin/tsc"), "-p", project);
  });
}

async function bundle(code) {
  writeFileSync(join(project, "entry.js"), code);
  const result = await build({
    root: project,
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      target: "es2022",
      lib: { entry: join(project, "entry.js"), formats: ["es"] },
    },
  });
  const output = (Array.isArray(result) ? result : [result]).flatMap((r) => r.output);
  return output
    .filter((o) => o.type === "chunk")
    .map((o) => o.code)
    .join("");
}

for (const { name, manifest } of packages) {
  if (name === "suite") continue;
  const budget = budgets[name];
  try {
    const all = await bundle(`export * from "${manifest.name}";`);
    if (/from\s*["']node:|require\(["']node:/.test(all))
      throw new Error("the browser bundle imports node:");
    const code =
      budget === undefined ? all : await bundle(`export ${budget.import} from "${manifest.name}";`);
    const size = gzipSync(code).length;
    const use = budget === undefined ? "everything" : budget.import;
    if (budget === undefined)
      throw new Error(`no budget in scripts/size-budget.json (everything: ${size} bytes)`);
    if (size > budget.gzip)
      throw new Error(`${use} is ${size} bytes gzipped, over its budget of ${budget.gzip}`);
    console.log(
      `ok    Vite ${manifest.name}: ${use} ${size} of ${budget.gzip} bytes gzipped; everything ${gzipSync(all).length}`,
    );
  } catch (error) {
    failed++;
    console.log(`FAIL  Vite ${manifest.name}: ${error.message}`);
  }
}

rmSync(work, { recursive: true, force: true });
if (failed > 0) {
  console.error(`${failed} consumer checks failed`);
  process.exit(1);
}
