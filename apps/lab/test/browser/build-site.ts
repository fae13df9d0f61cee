import { join } from "node:path";
import { build } from "vite";

/** The browser tests look at what users get: the built site. */
export default async function buildSite(): Promise<void> {
  const root = join(import.meta.dirname, "../..");
  // Vitest calls this environment "test"; the site is to be the one that is published.
  const environment = process.env["NODE_ENV"];
  process.env["NODE_ENV"] = "production";
  await build({ root, configFile: join(root, "vite.config.ts"), logLevel: "error" });
  process.env["NODE_ENV"] = environment;
}
