// A temporary copy of the working tree to try things in: committed on main, with what `npm ci` has installed.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./workspace.mjs";

/** Copies what git knows or would add; returns the folder, which goes away when the process ends. */
export function copyRepository(purpose) {
  const copy = mkdtempSync(join(tmpdir(), `xent-${purpose}-`));
  process.on("exit", () => rmSync(copy, { recursive: true, force: true }));
  const git = (cwd, ...args) => execFileSync("git", args, { cwd, encoding: "utf8" });
  const paths = git(root, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    .split("\0")
    .filter((path) => path !== "" && existsSync(join(root, path)));
  for (const path of paths) cpSync(join(root, path), join(copy, path));
  // Links from node_modules to the packages are relative, so that they lead into the copy.
  const workspaces = paths.map((p) => /^(packages|apps)\/[^/]+|^benchmarks/.exec(p)?.[0]);
  for (const folder of ["", ...new Set(workspaces)].filter((f) => f !== undefined)) {
    const from = join(root, folder, "node_modules");
    if (!existsSync(from)) continue;
    cpSync(from, join(copy, folder, "node_modules"), { recursive: true, verbatimSymlinks: true });
  }
  // Builds of packages that do not change come from turbo's cache, as they would for a contributor.
  if (existsSync(join(root, ".turbo/cache"))) {
    cpSync(join(root, ".turbo/cache"), join(copy, ".turbo/cache"), { recursive: true });
  }
  // Turbo, biome and changesets look for the repository.
  git(copy, "init", "--quiet", "--initial-branch=main");
  git(copy, "add", ".");
  const author = ["-c", "user.name=check", "-c", "user.email=check@example.invalid"];
  git(copy, ...author, "commit", "--quiet", "--no-verify", "--message", "copy");
  return copy;
}
