// No dependency beyond those that the README lists with a reason; none listed or declared that is not used.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import ts from "typescript";
import { declaredDependencies, root } from "./workspace.mjs";

/** The name of the package in an import specifier, undefined for relative ones and for those of Node. */
function packageOf(specifier) {
  if (/^[./]|^node:/.test(specifier) || builtinModules.includes(specifier)) return undefined;
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : parts[0];
}

/** Names of the packages that the files below `folder` import, types included. */
function importedPackages(folder) {
  const names = new Set();
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !/\.(js|mjs|cjs|d\.ts)$/.test(entry.name)) continue;
    const text = readFileSync(join(entry.parentPath, entry.name), "utf8");
    for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
      const name = packageOf(fileName);
      if (name !== undefined) names.add(name);
    }
  }
  return names;
}

/** The section "## Dependencies" of a README, or the paragraph that begins "Dependencies:". */
function dependencySection(readme) {
  const section = /^## Dependencies\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(readme);
  const paragraph = /^Dependencies: [\s\S]*?(?=\n\n|(?![\s\S]))/m.exec(readme);
  return section?.[1] ?? paragraph?.[0] ?? "";
}

/** @throws Error that names every dependency without its line in the README, its declaration, or its use. */
export function checkDeclaredDependencies({ folder, manifest, readme }) {
  const declared = declaredDependencies(manifest);
  const imported = importedPackages(join(folder, "dist"));
  const listed = [...dependencySection(readme).matchAll(/`([^`\s/][^`\s]*)`/g)].map((m) => m[1]);
  const faults = [
    ...declared.filter((d) => !listed.includes(d)).map((d) => `README gives no reason for ${d}`),
    ...listed
      .filter((d) => !declared.includes(d) && existsSync(join(root, "node_modules", d)))
      .map((d) => `README lists ${d}, which is not declared`),
    ...[...imported]
      .filter((d) => d !== manifest.name && !declared.includes(d))
      .map((d) => `imports ${d}, which is not declared`),
    ...declared.filter((d) => !imported.has(d)).map((d) => `${d} is declared and never imported`),
  ];
  if (faults.length > 0) throw new Error(faults.join("; "));
  return declared.join(", ") || "none";
}
