import { DomainError } from "@xent/linalg";
import { canonicalJson } from "./canonical-json.js";
import type { CampaignDefinition, Job } from "./contract.js";
import { sha256Hex } from "./sha256.js";

/** What every job id looks like. */
export const JOB_ID_PATTERN: RegExp = /^[0-9a-f]{64}$/;

/**
 * The id of a job: SHA-256 of the canonical JSON of `{ campaign, payload, version }`. Equal content has
 * equal ids on every machine, and other content has another id (short of a collision of SHA-256).
 * @throws DomainError when the payload has no canonical JSON.
 */
export function jobId(campaign: string, version: string, payload: unknown): string {
  return sha256Hex(canonicalJson({ campaign, payload, version }));
}

/**
 * The jobs of a campaign in the order of its plan, made as they are asked for: memory does not grow
 * with the plan.
 * @throws DomainError when a payload has no canonical JSON, or the plan is not as long as `size` says.
 */
export function* jobsOfPlan<Settings, Payload, Result>(
  campaign: CampaignDefinition<Settings, Payload, Result>,
  settings: Settings,
): Generator<Job> {
  let index = 0;
  for (const payload of campaign.plan(settings)) {
    yield { id: jobId(campaign.name, campaign.version, payload), index, payload };
    index++;
  }
  const size = campaign.size(settings);
  if (index !== size) {
    throw new DomainError(`campaign ${campaign.name} planned ${index} jobs and says ${size}`);
  }
}
