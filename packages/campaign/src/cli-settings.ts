import { readFileSync } from "node:fs";
import { DomainError } from "@xent/linalg";
import { type Command, Option } from "commander";
import type { AnyCampaign } from "./contract.js";
import { campaignModule, loadCampaign } from "./node/load-campaign.js";

/** A campaign as the command line named it. */
export interface Named {
  readonly module: string;
  readonly campaign: AnyCampaign;
}

/** The campaign that stands behind `xent campaign <command>`; undefined when none does. */
export async function namedCampaign(
  args: readonly string[],
  commands: readonly string[],
): Promise<Named | undefined> {
  const [first, command, name] = args;
  if (first !== "campaign" || command === undefined || !commands.includes(command)) {
    return undefined;
  }
  if (name === undefined || name.startsWith("-")) return undefined;
  const module = campaignModule(name);
  return { module, campaign: await loadCampaign(module) };
}

const kebab = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** An option for each setting of the campaign. @throws DomainError when the command has one of that name. */
export function addSettings(command: Command, { settings, name }: AnyCampaign): void {
  for (const [key, meaning] of Object.entries(settings)) {
    const option = new Option(`--${kebab(key)} <value>`, meaning);
    if (command.options.some((o) => o.attributeName() === option.attributeName())) {
      throw new DomainError(`campaign ${name} has a setting "${key}", which is an option of xent`);
    }
    command.addOption(option);
  }
}

/** The settings of a file, overridden by options, as `parseSettings` takes them. @throws DomainError */
export function givenSettings(
  campaign: AnyCampaign,
  flags: Readonly<Record<string, unknown>>,
  file: string | undefined,
): Record<string, unknown> {
  const given: Record<string, unknown> = file === undefined ? {} : readSettings(file);
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(campaign.settings, key));
  if (unknown !== undefined) {
    const names = Object.keys(campaign.settings).join(", ");
    throw new DomainError(
      `${file}: campaign ${campaign.name} has no setting "${unknown}": ${names}`,
    );
  }
  for (const key of Object.keys(campaign.settings)) {
    const attribute = new Option(`--${kebab(key)} <value>`).attributeName();
    if (flags[attribute] !== undefined) given[key] = flags[attribute];
  }
  return given;
}

function readSettings(file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new DomainError(`cannot read settings of ${file}: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new DomainError(`${file} holds no object of settings`);
  }
  return value as Record<string, unknown>;
}
