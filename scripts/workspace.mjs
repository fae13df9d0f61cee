// What the check scripts know of the repository: found in its folders, so that a new package needs no edit here.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..");

export const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));

/** The packages that can be published: { name: folder name, folder, manifest, readme }, by name. */
export function publishablePackages(at = root) {
  return readdirSync(join(at, "packages"))
    .sort()
    .map((name) => ({ name, folder: join(at, "packages", name) }))
    .filter(({ folder }) => existsSync(join(folder, "package.json")))
    .map((p) => ({
      ...p,
      manifest: readJson(join(p.folder, "package.json")),
      readme: existsSync(join(p.folder, "README.md"))
        ? readFileSync(join(p.folder, "README.md"), "utf8")
        : "",
    }))
    .filter(({ manifest }) => manifest.private !== true);
}

/** Names that a user of the package gets or must add: dependencies and peers. */
export function declaredDependencies(manifest) {
  return Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
}
