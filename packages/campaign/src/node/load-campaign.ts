import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { DomainError } from "@xent/linalg";
import type { AnyCampaign } from "../contract.js";

const METHODS = ["parseSettings", "size", "plan", "parsePayload", "parseResult", "run", "report"];

function asCampaign(value: unknown, from: string): AnyCampaign {
  if (typeof value !== "object" || value === null) {
    throw new DomainError(`${from} exports no "campaign"`);
  }
  const found = value as Record<string, unknown> & { name: unknown; settings: unknown };
  for (const name of ["name", "version", "description"]) {
    if (typeof found[name] !== "string")
      throw new DomainError(`${from}: campaign.${name} is no text`);
  }
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(String(found.name))) {
    throw new DomainError(`${from}: campaign.name "${String(found.name)}" is not in kebab-case`);
  }
  if (typeof found.settings !== "object" || found.settings === null) {
    throw new DomainError(`${from}: campaign.settings is no object`);
  }
  for (const name of METHODS) {
    if (typeof found[name] !== "function") {
      throw new DomainError(`${from}: campaign.${name} is no function`);
    }
  }
  return value as AnyCampaign;
}

/**
 * What names a campaign on any thread of this machine: "invariants", the URL of a file, or the name of
 * a package as it is found from this folder.
 * @throws DomainError when there is no such file or package.
 */
export function campaignModule(name: string, folder: string = process.cwd()): string {
  if (name === "invariants" || name.startsWith("file:")) return name;
  if (/^[./]|^[A-Za-z]:[\\/]|\.[cm]?[jt]s$/.test(name)) {
    const path = resolve(folder, name);
    if (!existsSync(path)) throw new DomainError(`there is no file ${path}`);
    return pathToFileURL(path).href;
  }
  try {
    return pathToFileURL(createRequire(join(folder, "x.js")).resolve(name)).href;
  } catch {
    throw new DomainError(
      `"${name}" is no campaign: invariants, a path such as ./campaign.mjs, or a package`,
    );
  }
}

/**
 * Loads a campaign: "invariants", or the export `campaign` of a module.
 * @param module - as `campaignModule` gives it.
 * @throws DomainError when it exports none, or one that lacks a part.
 */
export async function loadCampaign(module: string): Promise<AnyCampaign> {
  if (module === "invariants") {
    const { invariantsCampaign } = await import("./invariants-campaign.js");
    return invariantsCampaign();
  }
  let loaded: { campaign?: unknown };
  try {
    loaded = (await import(module)) as { campaign?: unknown };
  } catch (error) {
    throw new DomainError(
      `cannot load ${module}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return asCampaign(loaded.campaign, module);
}
