// `npm test`: every package's tests through turbo (cached), then one closing line over all of them.
// With XENT_BROWSER_TESTS=1 those of the lab in Chromium too.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { turboCommand } from "./turbo.mjs";

const root = join(import.meta.dirname, "..");
const folders = ["packages", "apps"].flatMap((group) =>
  readdirSync(join(root, group)).map((name) => join(root, group, name)),
);
for (const folder of folders) rmSync(join(folder, ".results"), { recursive: true, force: true });

let status = turboCommand([
  "run",
  "test",
  "--continue",
  "--concurrency=2",
  ...process.argv.slice(2),
]);

if (process.env.XENT_BROWSER_TESTS === "1") {
  const browser = spawnSync("npm", ["run", "test:browser", "-w", "apps/lab"], {
    cwd: root,
    stdio: "inherit",
  });
  if (status === 0) status = browser.status ?? 1;
}

let passed = 0;
let failed = 0;
let skipped = 0;
const reports = folders.flatMap((folder) =>
  ["vitest.json", "browser.json"].map((name) => join(folder, ".results", name)),
);
for (const file of reports) {
  if (!existsSync(file)) continue;
  const report = JSON.parse(readFileSync(file, "utf8"));
  passed += report.numPassedTests;
  skipped += report.numPendingTests + report.numTodoTests;
  // A file that fails to load has no tests of its own: count it as one failure.
  const broken = report.testResults.filter(
    (f) => f.status === "failed" && f.assertionResults.every((a) => a.status !== "failed"),
  );
  failed += report.numFailedTests + broken.length;
}
// A package that failed before it could report is a failure too.
if (status !== 0 && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exit(status !== 0 ? status : failed > 0 ? 1 : 0);
