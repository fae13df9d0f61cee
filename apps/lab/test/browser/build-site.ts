import { join } from "node:path";
import { build } from "vite";

/** The browser tests look at what users get: the built site. */
export default async function buildSite(): Promise<void> {
  const root = join(import.meta.dirname, "../..");
  await build({ root, configFile: join(root, "vite.config.ts"), logLevel: "error" });
}
