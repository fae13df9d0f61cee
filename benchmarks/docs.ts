import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Row } from "./measure.js";
import { byGroup, GROWTH_NOTE, growthMarkdown, hasSizes, markdownTables } from "./page.js";
import { growthPlot } from "./plot.js";

/** Groups whose plots docs/performance.md shows; in all a few minutes. */
export const DOCUMENTED: readonly string[] = [
  "walsh-hadamard",
  "exp of one vector",
  "softmax of one vector",
  "softmax of 4096 rows",
  "matrix product",
  "X W^T, 128 x 512 by classes",
  "Gram matrix of rows of 512",
  "Cholesky",
  "spectral right-hand side",
  "curvature step, B 128, D 512",
  "radius pool, provenRadii, 100 classes",
];

function fileName(group: string): string {
  return `${group
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/-$/, "")}.svg`;
}

/** One SVG for each group that was timed at several sizes. */
export function writePlots(folder: string, rows: readonly Row[]): void {
  mkdirSync(folder, { recursive: true });
  for (const [group, of] of byGroup(rows)) {
    if (hasSizes(of)) writeFileSync(join(folder, fileName(group)), growthPlot(group, of));
  }
}

/** The plots, and measured.md with the growth of every case and all tables. */
export function writeDocs(folder: string, rows: readonly Row[], machine: string): void {
  writePlots(folder, rows);
  const plots = [...byGroup(rows)]
    .filter(([, of]) => hasSizes(of))
    .map(([group]) => `![${group}: time against size](${fileName(group)})`);
  const text = `# Measured

${machine}. Written by \`npm run bench -- --docs docs/performance\`; [performance.md](../performance.md) says what it means.

${plots.join("\n")}

## Growth with size

${GROWTH_NOTE}

${growthMarkdown(rows)}

## Times

${markdownTables(rows).replace(/### Growth[\s\S]*$/, "")}`;
  writeFileSync(join(folder, "measured.md"), `${text.trimEnd()}\n`);
}
