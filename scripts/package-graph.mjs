// Draws the graph of packages from the real imports into docs/architecture.md.
// `--check` writes nothing and exits with 1 when the drawing is out of date.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const file = join(root, "docs/architecture.md");
const drawn = execFileSync(
  "npx",
  [
    "depcruise",
    "packages",
    "apps",
    "--config",
    ".dependency-cruiser.cjs",
    "--include-only",
    "^(packages|apps)/[^/]+/src",
    "--exclude",
    "(/src/invariants|^packages/(invariants|testkit|suite)/)",
    "--collapse",
    "^(packages|apps)/[^/]+",
    "--output-type",
    "mermaid",
  ],
  { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
).trim();

const text = readFileSync(file, "utf8");
const [open, close] = ["<!-- graph -->\n", "<!-- /graph -->"];
const from = text.indexOf(open) + open.length;
const next = `${text.slice(0, from)}\`\`\`mermaid\n${drawn}\n\`\`\`\n${text.slice(text.indexOf(close))}`;
if (process.argv.includes("--check")) {
  if (next !== text) {
    console.error(
      "docs/architecture.md: the graph of packages is out of date; run npm run docs:graph",
    );
    process.exit(1);
  }
} else {
  writeFileSync(file, next);
}
