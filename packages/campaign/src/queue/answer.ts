import { DomainError } from "@xent/linalg";
import { canonicalJson } from "../canonical-json.js";
import type { AnyCampaign } from "../contract.js";

/** What a worker sends back for a job. */
export interface Answer {
  /** The result, as data. */
  readonly result: unknown;
  /** Milliseconds of work. */
  readonly ms: number;
}

/**
 * An answer as the coordinator takes it: the result is validated again, since the worker that sent it
 * may run on any machine, and is written in its one canonical form.
 * @throws DomainError
 */
export function parseAnswer(
  campaign: AnyCampaign,
  value: unknown,
): { readonly result: string; readonly ms: number } {
  const answer = value as Partial<Answer> | null;
  if (typeof answer !== "object" || answer === null || !("result" in answer)) {
    throw new DomainError("a worker's answer has no result");
  }
  const { ms } = answer;
  if (typeof ms !== "number" || !Number.isFinite(ms) || ms < 0) {
    throw new DomainError("a worker's answer says no time");
  }
  return { result: canonicalJson(campaign.parseResult(answer.result)), ms };
}
