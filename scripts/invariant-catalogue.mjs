// Writes docs/invariants.md: every invariant of every package with its statement, its source, and links to its code
// and its test. `--check` writes nothing and exits with 1 when the page is out of date. Needs the built suite.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { loadSuites } from "../packages/suite/dist/index.js";

const root = join(import.meta.dirname, "..");
const page = join(root, "docs/invariants.md");

function sourcesOf(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Link text and address of the line that states an invariant. */
function codeLink(packageName, id) {
  // Families of invariants may build their ids from parts: then the last part is a literal of its own, or ends one.
  const last = id.slice(id.lastIndexOf("/") + 1);
  const whole = [`"${id}"`, `\`${id}\``];
  const part = [`"${last}"`, `/${last}\``, `}${last}\``];
  const files = sourcesOf(join(root, "packages", packageName, "src")).filter((f) =>
    /invariants/.test(f),
  );
  const places = files.flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .map((text, i) => ({ text, link: `[code](../${relative(root, file)}#L${i + 1})` })),
  );
  for (const needles of [whole, part]) {
    const found = places.filter(({ text }) => needles.some((needle) => text.includes(needle)));
    if (found.length === 1) return found[0].link;
    if (found.length > 1) throw new Error(`${id} stands at ${found.map((f) => f.link).join(", ")}`);
  }
  throw new Error(`${id}: stated nowhere in packages/${packageName}/src/invariants*`);
}

function testLink(packageName) {
  const file = `packages/${packageName}/test/invariants.test.ts`;
  readFileSync(join(root, file));
  return `[test](../${file})`;
}

const cell = (text) => text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ");
// The runner loads the suite of jax by name only (it would bring jax-js); this page has it beside the others.
const jaxFile = join(root, "packages/jax/dist/suite.js");
const suites = [...(await loadSuites()), ...(await loadSuites(jaxFile))];
const total = suites.reduce((n, s) => n + s.invariants.length, 0);
const sections = suites.map(({ package: name, invariants }) => {
  const rows = invariants.map(
    (i) =>
      `| \`${i.id.slice(i.id.indexOf("/") + 1)}\` | ${cell(i.statement)} | ${cell(i.source)} | ${codeLink(name, i.id)}, ${testLink(name)} |`,
  );
  return [`## ${name}`, "", "| id | statement | source | |", "|---|---|---|---|", ...rows, ""].join(
    "\n",
  );
});
const text = `# Invariants

${total} statements that must hold, each as code that measures by how much it does. Written by \`npm run docs:invariants\` from the
packages themselves; \`npm run invariants\` measures them all, \`npm run invariants -- --package ${suites[0].package}\` those of one package;
those of jax are asked for by name: \`npm run invariants -- --suite @xent/jax/suite\`. Ids are shown without their package's prefix.

${sections.join("\n")}`;

if (process.argv.includes("--check")) {
  if (readFileSync(page, "utf8") !== text) {
    console.error("docs/invariants.md is out of date; run npm run docs:invariants");
    process.exit(1);
  }
} else {
  writeFileSync(page, text);
  console.log(`${total} invariants`);
}
