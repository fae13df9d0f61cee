// `npm run mutation -- fgn` runs Stryker on a package, or on some of its files (`-- fgn src/operators.ts`), and fails when the
// score is under 85 % or a mutant survives that docs/mutation.json does not explain. `--write` keeps the scores in
// docs/mutation.json and prints docs/mutation.md anew. `--report file` reads a report of an earlier run. `--check` runs nothing:
// it reads docs/mutation.json against the sources.
import { parseArgs } from "node:util";
import {
  checkLedger,
  digest,
  LEAST_SCORE,
  oneLine,
  readLedger,
  scoreOf,
  writeLedger,
  writePage,
} from "./mutation-ledger.mjs";
import { MUTATED, runStryker } from "./mutation-run.mjs";
import { readJson } from "./workspace.mjs";

const CAUGHT = ["Killed", "Timeout", "RuntimeError"];
const MISSED = ["Survived", "NoCoverage"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    write: { type: "boolean" },
    report: { type: "string" },
    check: { type: "boolean" },
  },
});
const [name, ...files] = positionals;
if (values.check) {
  const { failures, warnings } = checkLedger(readLedger());
  for (const w of warnings) console.log(`warning: ${w}`);
  for (const f of failures) console.error(f);
  console.log(`docs/mutation.json: ${failures.length} failures, ${warnings.length} warnings`);
  process.exit(failures.length > 0 ? 1 : 0);
}
if (!MUTATED.includes(name)) {
  console.error(
    `usage: npm run mutation -- <${MUTATED.join(" | ")}> [src/file.ts ...] [--write] [--report file], or --check`,
  );
  process.exit(2);
}

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
      .sort((a, b) => a.location.start.line - b.location.start.line)
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
// After the run: others may have written meanwhile.
const ledger = readLedger();
const entry = ledger[name] ?? { scores: {}, explained: {} };
ledger[name] = entry;

const problems = [];
for (const [path, result] of Object.entries(report.files)) {
  const file = path.slice(`packages/${name}/`.length);
  const { counts, missed } = readFile(result);
  entry.scores[file] = counts;
  // One reason for one survivor: the same code may stand on several lines.
  const unused = [...(entry.explained[file] ?? [])];
  for (const m of missed) {
    const at = unused.findIndex((e) => same(e, m));
    if (at < 0) problems.push(`not explained  ${show(file, m)} (${m.status})`);
    else unused.splice(at, 1)[0].line = m.line;
  }
  for (const e of unused) problems.push(`explained, but found  ${show(file, e)}`);
}
const ran = Object.keys(report.files).map((path) => path.slice(`packages/${name}/`.length));
const score = scoreOf(ran.map((file) => entry.scores[file])) ?? 100;
if (score < LEAST_SCORE) problems.push(`score ${score.toFixed(1)} % is under ${LEAST_SCORE} %`);
console.log(`${name}: ${score.toFixed(1)} % of the mutants of ${ran.length} files found`);
for (const p of problems) console.log(p);

if (values.write) {
  writeLedger(ledger);
  writePage(ledger);
}
process.exit(problems.length > 0 ? 1 : 0);
