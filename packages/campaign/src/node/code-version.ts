import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

// import and export ... from, import(), new URL(..., import.meta.url): what ties one file to the next.
const SPECIFIERS = /(?:\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\(\s*)["']([^"'\n]+)["']/g;

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** The folder of the package that a file belongs to, and its manifest. */
function packageOf(path: string): { readonly folder: string; readonly manifest: Manifest } {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const file = join(folder, "package.json");
    if (existsSync(file)) {
      const manifest = JSON.parse(readFileSync(file, "utf8")) as Manifest;
      if (manifest.version !== undefined || manifest.name !== undefined)
        return { folder, manifest };
    }
    if (dirname(folder) === folder) return { folder, manifest: {} };
  }
}

/** Adds name@version of an installed package and of all that it depends on. */
function addInstalled(start: string, found: Map<string, string>): void {
  const seen = new Set<string>();
  const queue = [start];
  for (let folder = queue.pop(); folder !== undefined; folder = queue.pop()) {
    if (seen.has(folder)) continue;
    seen.add(folder);
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
    found.set(`${manifest.name}@${manifest.version}`, "");
    for (const name of Object.keys(manifest.dependencies ?? {})) {
      for (let at = folder; ; at = dirname(at)) {
        const candidate = join(at, "node_modules", name);
        if (existsSync(join(candidate, "package.json"))) queue.push(realpathSync(candidate));
        else if (dirname(at) !== at) continue;
        break;
      }
    }
  }
}

const installed = (path: string): boolean => path.includes(`${sep}node_modules${sep}`);

/**
 * Names the code that a module consists of, the same on every machine that has the same code: a hash over
 * the module and everything it imports. Files outside node_modules count by their bytes, packages
 * inside by their names and versions, those of their dependencies included. The major version of Node counts too, because another V8 may round
 * transcendental functions in another way.
 *
 * Imports are found in the text; a computed `import(name)` is not seen: name such modules as well.
 *
 * @param modules - URLs or paths of files, usually `import.meta.url`.
 * @returns "<hash>-node<major>", 16 hexadecimal digits of SHA-256.
 *
 * @example
 * ```ts
 * export const campaign = defineCampaign({ name: "sweep", version: codeVersion(import.meta.url), ... });
 * ```
 */
export function codeVersion(...modules: readonly string[]): string {
  const found = new Map<string, string>();
  const queue = modules.map((m) => realpathSync(m.startsWith("file:") ? fileURLToPath(m) : m));
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const { folder, manifest } = packageOf(path);
    const name = manifest.name ?? "";
    if (installed(path)) {
      if (!found.has(`${name}@${manifest.version}`)) addInstalled(folder, found);
      continue;
    }
    // Where a checkout lies does not matter, nor on which system.
    const key = `${name}/${path.slice(folder.length + 1).replaceAll(sep, "/")}`;
    if (found.has(key)) continue;
    const text = readFileSync(path);
    found.set(key, createHash("sha256").update(text).digest("hex"));
    for (const [, specifier] of text.toString("utf8").matchAll(SPECIFIERS)) {
      const target = targetOf(specifier!, path);
      if (target !== undefined) queue.push(target);
    }
  }
  const list = [...found].map((pair) => pair.join(" ")).sort();
  const hash = createHash("sha256").update(list.join("\n")).digest("hex").slice(0, 16);
  return `${hash}-node${process.versions.node.split(".")[0]}`;
}

/** The file that a specifier means; undefined for Node's own modules and for text that only looks like an import. */
function targetOf(specifier: string, from: string): string | undefined {
  if (specifier.startsWith("node:")) return undefined;
  try {
    const path = /^\.{1,2}\//.test(specifier)
      ? fileURLToPath(new URL(specifier, pathToFileURL(from)))
      : createRequire(from).resolve(specifier);
    // Node's own modules resolve to their names.
    return path.includes(sep) && statSync(path).isFile() ? realpathSync(path) : undefined;
  } catch {
    return undefined;
  }
}
