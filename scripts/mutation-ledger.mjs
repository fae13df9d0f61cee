// docs/mutation.json, what is known of the mutants of each package: the scores of every source that was run, and why the
// survivors survive. scripts/mutation.mjs fills it; docs/mutation.md is printed from it; `checkLedger` reads it critically.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MUTATED } from "./mutation-run.mjs";
import { readJson, root } from "./workspace.mjs";

export const LEAST_SCORE = 85;

const ledgerFile = join(root, "docs", "mutation.json");

export const oneLine = (text) => text.replace(/\s+/g, " ").trim();
export const digest = (text) => createHash("sha256").update(text).digest("hex").slice(0, 12);
export const readLedger = () => readJson(ledgerFile);
export const writeLedger = (ledger) =>
  writeFileSync(ledgerFile, `${JSON.stringify(ledger, undefined, 2)}\n`);

/** Percent found of all mutants of some files; undefined when there are none. */
export function scoreOf(scores) {
  const [found, missed] = ["caught", "missed"].map((k) => scores.reduce((n, s) => n + s[k], 0));
  return found + missed === 0 ? undefined : (100 * found) / (found + missed);
}

function sourcesOf(pkg) {
  return readdirSync(join(root, "packages", pkg, "src"), { recursive: true })
    .map((path) => `src/${path}`)
    .filter((path) => path.endsWith(".ts") && path !== "src/index.ts")
    .filter((path) => !path.startsWith("src/invariants"))
    .sort();
}

const sourceOf = (pkg, file) => readFileSync(join(root, "packages", pkg, file), "utf8");

const FORMAT = {
  date: (v) => /^\d{4}-\d\d-\d\d$/.test(v),
  source: (v) => /^[0-9a-f]{12}$/.test(v),
  caught: (v) => Number.isInteger(v) && v >= 0,
  missed: (v) => Number.isInteger(v) && v >= 0,
  static: (v) => Number.isInteger(v) && v >= 0,
};
const ENTRY = ["line", "code", "mutator", "from", "to", "why"];

/** What is wrong with one explained survivor, for a source given line by line. */
function faultsOf(e, lines) {
  const faults = Object.keys(e)
    .filter((key) => !ENTRY.includes(key))
    .map((key) => `has no use for "${key}"`);
  for (const key of ENTRY) {
    const ok = key === "line" ? Number.isInteger(e[key]) : typeof e[key] === "string";
    if (!ok) faults.push(`"${key}" is ${JSON.stringify(e[key])}`);
  }
  if (faults.length > 0) return faults;
  if (e.why.trim().length < 10) faults.push("is not explained");
  if (!lines.includes(e.code)) faults.push(`the source has no line \`${e.code}\``);
  // The one reason that many share, and that is true of the ends of loops only.
  if (e.why.startsWith("One step past the end") && !/^(if \(.*\) )?for \(/.test(e.code)) {
    faults.push("is not the end of a loop");
  }
  return faults;
}

function checkFile(pkg, file, { scores, explained }) {
  const failures = [];
  const s = scores[file];
  const list = explained[file] ?? [];
  if (!existsSync(join(root, "packages", pkg, file))) {
    return { failures: ["does not exist"], stale: false };
  }
  const source = sourceOf(pkg, file);
  const lines = source.split("\n").map(oneLine);
  for (const [key, valid] of Object.entries(FORMAT)) {
    if (!valid(s?.[key])) failures.push(`"${key}" is ${JSON.stringify(s?.[key])}`);
  }
  for (const e of list) {
    failures.push(...faultsOf(e, lines).map((f) => `${e.line}: ${e.from} -> ${e.to}: ${f}`));
  }
  const open = (s?.missed ?? 0) - list.length;
  if (open < 0) failures.push(`${-open} reasons too many`);
  return { failures, open, stale: s?.source !== digest(source) };
}

/**
 * Reads the ledger against the sources, without running a mutant. Failures: a wrong format, an explained survivor whose line is
 * gone, a package under 85 %. Warnings: survivors that await a reason, files that were edited since, or never run.
 */
export function checkLedger(ledger) {
  const failures = Object.keys(ledger)
    .filter((pkg) => !MUTATED.includes(pkg))
    .map((pkg) => `${pkg} is not among ${MUTATED.join(", ")}`);
  const warnings = [];
  for (const pkg of MUTATED) {
    const entry = ledger[pkg];
    if (entry?.scores === undefined || entry.explained === undefined) {
      failures.push(`${pkg}: no entry { scores, explained }`);
      continue;
    }
    for (const file of new Set([...Object.keys(entry.scores), ...Object.keys(entry.explained)])) {
      const { failures: own, open, stale } = checkFile(pkg, file, entry);
      if (open > 0) warnings.push(`${pkg} ${file}: ${open} survivors without a reason`);
      failures.push(...own.map((f) => `${pkg} ${file}:${f.startsWith(" ") ? "" : " "}${f}`));
      if (stale) warnings.push(`${pkg} ${file} was edited since it was run`);
    }
    for (const file of sourcesOf(pkg)) {
      if (entry.scores[file] === undefined) warnings.push(`${pkg} ${file} was never run`);
    }
    const score = scoreOf(Object.values(entry.scores));
    if (!(score >= LEAST_SCORE)) {
      failures.push(`${pkg}: ${score?.toFixed(1)} % is under ${LEAST_SCORE} %`);
    }
  }
  return { failures, warnings };
}

function rowOf(pkg, file, { scores, explained }) {
  const s = scores[file];
  if (s === undefined) return `| ${file} | not run | | | | | |`;
  const changed = digest(sourceOf(pkg, file)) === s.source ? "" : ", edited since";
  const open = s.missed - (explained[file]?.length ?? 0);
  const percent = scoreOf([s])?.toFixed(1) ?? "100.0";
  return `| ${file} | ${s.date}${changed} | ${s.caught} | ${s.missed} | ${open} | ${s.static} | ${percent} % |`;
}

function tableOf(pkg, entry) {
  const percent = scoreOf(Object.values(entry.scores))?.toFixed(1) ?? "-";
  const code = (text) => `\`${text.replace(/\|/g, "\\|")}\``;
  const survivors = Object.entries(entry.explained).flatMap(([file, list]) =>
    list.map((e) => {
      const why = e.why.replace(/\|/g, "\\|");
      return `| ${file}:${e.line} | ${e.mutator} | ${code(e.from)} | ${code(e.to)} | ${why} |`;
    }),
  );
  const all = sourcesOf(pkg).every((file) => entry.scores[file] !== undefined);
  return [
    `## ${pkg}: ${percent} %${all ? "" : " of the files that were run"}`,
    "",
    "| File | Run | Found | Survived | of these unexplained | Static | Score |",
    "|---|---|---|---|---|---|---|",
    ...sourcesOf(pkg).map((file) => rowOf(pkg, file, entry)),
    "",
    ...(survivors.length === 0
      ? []
      : ["| Survivor | Mutator | From | To | Why |", "|---|---|---|---|---|", ...survivors, ""]),
  ];
}

/** Everything behind the marker of docs/mutation.md is printed here. */
export function writePage(ledger) {
  const page = join(root, "docs", "mutation.md");
  const marker = "<!-- scripts/mutation.mjs writes what follows -->";
  const [head] = readFileSync(page, "utf8").split(marker);
  const tables = MUTATED.flatMap((pkg) =>
    tableOf(pkg, ledger[pkg] ?? { scores: {}, explained: {} }),
  );
  writeFileSync(page, `${head}${marker}\n\n${tables.join("\n").trimEnd()}\n`);
}
