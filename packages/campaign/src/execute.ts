import { DomainError } from "@xent/linalg";
import { canonicalJson } from "./canonical-json.js";
import type { AnyCampaign, Job, RunContext } from "./contract.js";
import { VersionMismatchError } from "./errors.js";
import { jobId } from "./job-id.js";

/** A job as it travels to a worker, which may be another machine with another copy of the code. */
export interface JobMessage {
  readonly campaign: string;
  readonly version: string;
  readonly id: string;
  readonly payload: unknown;
}

/** The message that carries `job`. */
export function messageOf(campaign: AnyCampaign, job: Job): JobMessage {
  return { campaign: campaign.name, version: campaign.version, id: job.id, payload: job.payload };
}

/**
 * A message out of data that came over a wire.
 * @throws DomainError that names the field that is wrong.
 */
export function parseMessage(value: unknown): JobMessage {
  if (typeof value !== "object" || value === null) throw new DomainError("a job is no object");
  const message = value as Record<string, unknown>;
  for (const field of ["campaign", "version", "id"]) {
    if (typeof message[field] !== "string") throw new DomainError(`job.${field} is no text`);
  }
  if (!("payload" in message)) throw new DomainError("a job has no payload");
  return value as JobMessage;
}

/**
 * Runs one job in a worker: refuses other campaigns, other versions and ids that do not belong to the
 * payload, validates the payload and the result.
 *
 * @returns the result as canonical JSON.
 * @throws VersionMismatchError or DomainError, in which case trying again is of no use; whatever the job throws.
 */
export async function executeJob(
  campaign: AnyCampaign,
  message: JobMessage,
  context: RunContext,
): Promise<string> {
  if (message.campaign !== campaign.name) {
    throw new VersionMismatchError(
      `a job of campaign "${message.campaign}" came to a worker of "${campaign.name}"`,
    );
  }
  if (message.version !== campaign.version) {
    throw new VersionMismatchError(
      `a job of version ${message.version} came to a worker of version ${campaign.version} of campaign "${campaign.name}"`,
    );
  }
  const id = jobId(message.campaign, message.version, message.payload);
  if (id !== message.id) {
    throw new DomainError(`job ${message.id} has a payload whose id is ${id}`);
  }
  const result = await campaign.run(campaign.parsePayload(message.payload), context);
  return canonicalJson(campaign.parseResult(result));
}

/** What a job threw on another thread or machine, where its class was known. */
export class JobError extends Error {
  /** Whether trying again is of no use. */
  readonly permanent: boolean;

  /** @param name - of the original error, which it goes by. */
  constructor(name: string, message: string, permanent: boolean) {
    super(message);
    this.name = name;
    this.permanent = permanent;
  }
}

/** Whether a job that threw this will throw it again wherever it is run. */
export function isPermanent(error: unknown): boolean {
  return (
    error instanceof DomainError ||
    error instanceof VersionMismatchError ||
    (error instanceof JobError && error.permanent)
  );
}
