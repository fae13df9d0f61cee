// `npm run mutation -- fgn` runs Stryker on a package, or on some of its files (`-- fgn src/operators.ts`), and fails when the
// score is under 85 % or a mutant survives that docs/mutation.json does not explain. `--write` keeps the scores in
// docs/mutation.json and prints docs/mutation.md anew. `--report file` reads a report of an earlier run.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { MUTATED, runStryker } from "./mutation-run.mjs";
import { readJson, root } from "./workspace.mjs";

const LEAST_SCORE = 85;
const CAUGHT = ["Killed", "Timeout", "RuntimeError"];
const MISSED = ["Survived", "NoCoverage"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: "boolean" }, report: { type: "string" } },
});
const [name, ...files] = positionals;
if (!MUTATED.includes(name)) {
  console.error(`usage: npm run mutation -- <${MUTATED.join(" | ")}> [src/file.ts ...] [--write]`);
  process.exit(2);
}

const oneLine = (text) => text.replace(/\s+/g, " ").trim();
const digest = (text) => createHash("sha256").update(text).digest("hex").slice(0, 12);

/** The text between two positions of Stryker (lines and columns from 1). */
function spanOf(lines, { start, end }) {
  const part = lines.slice(start.line - 1, end.line);
  part[part.length - 1] = part.at(-1).slice(0, end.column - 1);
  part[0] = part[0].slice(start.column - 1);
  return oneLine(part.join("\n"));
}

/** What is known of one mutated file: its counts, and the mutants that no test found. */
function readFile({ source, mutants }) {
  const lines = source.split("\n");
  const count = (statuses) => mutants.filter((m) => statuses.includes(m.status)).length;
  return {
    counts: {
      date: new Date().toISOString().slice(0, 10),
      source: digest(source),
      caught: count(CAUGHT),
      missed: count(MISSED),
      // Run once, when a module loads: Stryker leaves them out (ignoreStatic).
      static: count(["Ignored"]),
    },
    missed: mutants
      .filter((m) => MISSED.includes(m.status))
      .map((m) => ({
        line: m.location.start.line,
        code: oneLine(lines[m.location.start.line - 1]),
        mutator: m.mutatorName,
        from: spanOf(lines, m.location),
        to: oneLine(m.replacement),
        status: m.status,
      })),
  };
}

// Lines move; the code of a mutant stays.
const same = (a, b) => ["code", "mutator", "from", "to"].every((key) => a[key] === b[key]);
const show = (file, m) => `${file}:${m.line} ${m.mutator}: ${m.from} -> ${m.to}`;

const report = readJson(values.report ?? runStryker(name, files));
const ledgerFile = join(root, "docs", "mutation.json");
const ledger = readJson(ledgerFile);
const entry = ledger[name] ?? { scores: {}, explained: {} };
ledger[name] = entry;

let [caught, total] = [0, 0];
const problems = [];
for (const [path, result] of Object.entries(report.files)) {
  const file = path.slice(`packages/${name}/`.length);
  const { counts, missed } = readFile(result);
  entry.scores[file] = counts;
  caught += counts.caught;
  total += counts.caught + counts.missed;
  const explained = entry.explained[file] ?? [];
  for (const m of missed) {
    const known = explained.find((e) => same(e, m));
    if (known === undefined) problems.push(`not explained  ${show(file, m)} (${m.status})`);
    else known.line = m.line;
  }
  for (const e of explained) {
    if (!missed.some((m) => same(e, m))) problems.push(`explained, but found  ${show(file, e)}`);
  }
}
const score = total === 0 ? 100 : (100 * caught) / total;
if (score < LEAST_SCORE) problems.push(`score ${score.toFixed(1)} % is under ${LEAST_SCORE} %`);
console.log(`${name}: ${caught} of ${total} mutants found, ${score.toFixed(1)} %`);
for (const p of problems) console.log(p);

if (values.write) {
  writeFileSync(ledgerFile, `${JSON.stringify(ledger, undefined, 2)}\n`);
  writePage();
}
process.exit(problems.length > 0 ? 1 : 0);

function sourcesOf(pkg) {
  return readdirSync(join(root, "packages", pkg, "src"), { recursive: true })
    .map((path) => `src/${path}`)
    .filter((path) => path.endsWith(".ts") && path !== "src/index.ts")
    .filter((path) => !path.startsWith("src/invariants"))
    .sort();
}

function rowOf(pkg, file) {
  const s = ledger[pkg]?.scores[file];
  if (s === undefined) return `| ${file} | not run | | | | | |`;
  const now = digest(readFileSync(join(root, "packages", pkg, file), "utf8"));
  const percent = ((100 * s.caught) / Math.max(1, s.caught + s.missed)).toFixed(1);
  const changed = now === s.source ? "" : ", edited since";
  const open = s.missed - (ledger[pkg].explained[file]?.length ?? 0);
  return `| ${file} | ${s.date}${changed} | ${s.caught} | ${s.missed} | ${open} | ${s.static} | ${percent} % |`;
}

function tableOf(pkg) {
  const scores = Object.values(ledger[pkg]?.scores ?? {});
  const [found, missed] = ["caught", "missed"].map((k) => scores.reduce((n, s) => n + s[k], 0));
  const percent = scores.length === 0 ? "-" : ((100 * found) / (found + missed)).toFixed(1);
  const code = (text) => `\`${text.replace(/\|/g, "\\|")}\``;
  const survivors = Object.entries(ledger[pkg]?.explained ?? {}).flatMap(([file, list]) =>
    list.map(
      (e) => `| ${file}:${e.line} | ${e.mutator} | ${code(e.from)} | ${code(e.to)} | ${e.why} |`,
    ),
  );
  return [
    `## ${pkg}: ${percent} % of the files that were run`,
    "",
    "| File | Run | Found | Survived | of these unexplained | Static | Score |",
    "|---|---|---|---|---|---|---|",
    ...sourcesOf(pkg).map((file) => rowOf(pkg, file)),
    "",
    ...(survivors.length === 0
      ? []
      : ["| Survivor | Mutator | From | To | Why |", "|---|---|---|---|---|", ...survivors, ""]),
  ];
}

/** Everything behind the marker of docs/mutation.md is printed here. */
function writePage() {
  const page = join(root, "docs", "mutation.md");
  const marker = "<!-- scripts/mutation.mjs writes what follows -->";
  const [head] = readFileSync(page, "utf8").split(marker);
  writeFileSync(page, `${head}${marker}\n\n${MUTATED.flatMap(tableOf).join("\n").trimEnd()}\n`);
}
