import type { Dense } from "@xent/linalg";
import { dominanceRadii } from "./dominance.js";
import {
  type NearestGhost,
  type NearestGhostOptions,
  nearestGhost,
  type UncertifiedReason,
} from "./nearest-ghost.js";
import { provenRadii } from "./variance.js";

/** What the threads of a pool compute of every row. */
export type RowWork = "dominance" | "proven" | "exact";

/** Doubles that one row's answer takes. */
export const ANSWER_LENGTH: Readonly<Record<RowWork, number>> = {
  dominance: 1,
  proven: 1,
  exact: 9,
};

const REASONS: readonly UncertifiedReason[] = [
  "cancellation",
  "clustered-zeros",
  "range",
  "budget",
];

/** A ghost as doubles, so that it can lie in memory that threads share. */
function writeGhost(ghost: NearestGhost, out: Float64Array, at: number): void {
  const { radius, lower, upper, zero, certified, evaluations, reason } = ghost;
  out[at] = radius;
  out[at + 1] = lower;
  out[at + 2] = upper;
  out[at + 3] = zero === undefined ? 0 : 1;
  out[at + 4] = zero?.re ?? 0;
  out[at + 5] = zero?.im ?? 0;
  out[at + 6] = certified ? 1 : 0;
  out[at + 7] = evaluations;
  out[at + 8] = reason === undefined ? -1 : REASONS.indexOf(reason);
}

/** The ghost that {@link workOnRows} wrote for row `i`. */
export function readGhost(answers: Float64Array, i: number): NearestGhost {
  const at = ANSWER_LENGTH.exact * i;
  const reason = REASONS[answers[at + 8]!];
  return {
    radius: answers[at]!,
    lower: answers[at + 1]!,
    upper: answers[at + 2]!,
    zero: answers[at + 3] === 0 ? undefined : { re: answers[at + 4]!, im: answers[at + 5]! },
    certified: answers[at + 6] !== 0,
    evaluations: answers[at + 7]!,
    ...(reason === undefined ? {} : { reason }),
  };
}

function rowsOf({ cols, data }: Dense, start: number, end: number): Dense {
  return { rows: end - start, cols, data: data.subarray(start * cols, end * cols) };
}

/**
 * The answers of rows start..end - 1, written to their places in `answers` (B times the answer's length).
 * Each row by itself, so that no answer depends on how the batch is cut.
 *
 * @throws DimensionError, DomainError as the functions of one thread do.
 */
export function workOnRows(
  work: RowWork,
  logits: Dense,
  slopes: Dense,
  answers: Float64Array,
  start: number,
  end: number,
  options: NearestGhostOptions,
): void {
  const z = rowsOf(logits, start, end);
  const a = rowsOf(slopes, start, end);
  if (work === "dominance") dominanceRadii(z, a, answers.subarray(start, end));
  else if (work === "proven") provenRadii(z, a, answers.subarray(start, end));
  else {
    for (let i = 0; i < end - start; i++) {
      const row = rowsOf(z, i, i + 1).data;
      const along = rowsOf(a, i, i + 1).data;
      writeGhost(nearestGhost(row, along, options), answers, ANSWER_LENGTH.exact * (start + i));
    }
  }
}
