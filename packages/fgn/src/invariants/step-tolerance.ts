import { unitRoundoff } from "@xent/invariants";
import { norm2 } from "@xent/linalg";
import type { FgnSolver } from "../index.js";
import type { HeadCase } from "./cases.js";
import type { FgnSubject } from "./subject.js";
import { type Textbook, terms } from "./textbook.js";

/** All ways to solve for an FGN step. */
export const FGN_SOLVERS: readonly FgnSolver[] = [
  "row-cholesky",
  "row-lu",
  "row-cg",
  "lifted-cg",
  "parameter-cholesky",
  "parameter-cg",
];

/** What iterative solvers are asked for in the measurements. */
export const TOLERANCE = 1e-11;

/**
 * How large ||(H + mu I) d + g|| may be: what an iterative solver is asked for; for a backward stable one
 * K u (||H|| + mu) ||d|| <= K u condition ||g||; and the rounding of the gradient, which is relative
 * to what it is summed from. K is the number of terms of the longest sums, elimination included. Products
 * below 2^-1022 are subnormal and have no relative accuracy.
 */
export function residualBound(c: HeadCase, t: Textbook, subject: FgnSubject, levels = 1): number {
  const K = 8 * (terms(c) + (levels - 1) * c.features.length);
  const underflow = K * 2 ** -1022 * (1 + Math.sqrt(t.size)) * t.condition;
  const rounding = K * unitRoundoff(subject) * t.condition * t.grossGradient;
  return TOLERANCE * norm2(t.gradient) + rounding + underflow;
}

/** How far two such solutions may be apart: mu I <= H + mu I. */
export function stepBound(c: HeadCase, t: Textbook, subject: FgnSubject, levels = 1): number {
  return (2 * residualBound(c, t, subject, levels)) / t.damping;
}
