// An empty project with one packed package in it, made from what `npm ci` has installed: no registry is asked.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readJson, root } from "./workspace.mjs";

/** Packs a package; returns the tarball and the paths in it. */
export function pack(folder, destination) {
  const [{ filename, files }] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", destination], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }),
  );
  return { tarball: join(destination, filename), paths: files.map((f) => f.path) };
}

/** Where Node would find `name` from `folder`, inside the repository; undefined when it is not installed. */
function installed(name, folder) {
  for (let at = folder; ; at = dirname(at)) {
    const found = join(at, "node_modules", name);
    if (existsSync(found)) return found;
    if (at === root) return undefined;
  }
}

/**
 * What installing a package brings along.
 *
 * @returns { ours: names of packages of the workspace, others: Map of name to installed folder }.
 * Peers count unless they are optional; an optional dependency counts where it is installed.
 */
function closure({ folder, manifest }, packages) {
  const ours = new Set();
  const others = new Map();
  const visit = (from, { dependencies, optionalDependencies, peerDependencies, ...m }) => {
    for (const name of Object.keys({
      ...dependencies,
      ...optionalDependencies,
      ...peerDependencies,
    })) {
      const own = packages.find((p) => p.manifest.name === name);
      if (own !== undefined) {
        if (ours.has(name)) continue;
        ours.add(name);
        visit(own.folder, own.manifest);
        continue;
      }
      const at = installed(name, from);
      if (at === undefined) {
        if (m.peerDependenciesMeta?.[name]?.optional || optionalDependencies?.[name]) continue;
        throw new Error(`${name}, a dependency of ${from}, is not installed: run npm ci`);
      }
      if (m.peerDependenciesMeta?.[name]?.optional) continue;
      // A copy nested below its dependent comes along with the dependent's folder.
      if (others.has(name) || at.slice(root.length + 1).split("node_modules").length > 2) continue;
      others.set(name, at);
      visit(at, readJson(join(at, "package.json")));
    }
  };
  visit(folder, manifest);
  return { ours: [...ours], others };
}

/** Makes `project` and installs the tarball of `wanted` there, with those of the packages that it depends on. */
export function installInto(project, wanted, packages, tarballs) {
  const { ours, others } = closure(wanted, packages);
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "consumer", private: true }));
  // npm takes what is there already, where its version satisfies the range that the tarball declares.
  for (const [name, at] of others) {
    cpSync(at, join(project, "node_modules", name), { recursive: true, dereference: true });
  }
  execFileSync(
    "npm",
    [
      ...["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund"],
      ...[wanted.manifest.name, ...ours].map((name) => tarballs.get(name)),
    ],
    { cwd: project, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] },
  );
  return { packages: 1 + ours.length + others.size };
}
