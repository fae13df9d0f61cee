import type { LinearOperator } from "@xent/linalg";
import type { WeightedSplit } from "./operators.js";
import type { RowFactor } from "./row-factor.js";
import { rowSolver } from "./solvers/row-system.js";

/**
 * (F + mu I)^-1 as an operator, by Woodbury: z = (v - G^T x) / mu with (mu I + D M) x = D G v. One
 * Gram matrix and one factorisation when it is made; one JVP and one VJP an application.
 */
export function fgnInverse(factor: RowFactor, parameterCount: number, mu: number): LinearOperator {
  const system = rowSolver(factor.gram(), factor.curvature, mu);
  const along = new Float64Array(factor.size);
  const apply = (
    v: Float64Array,
    out: Float64Array = new Float64Array(parameterCount),
  ): Float64Array => {
    factor.project(v, along);
    for (let i = 0; i < along.length; i++) along[i]! *= factor.curvature[i]!;
    factor.lift(system.solve(along), out);
    for (let k = 0; k < out.length; k++) out[k] = (v[k]! - out[k]!) / mu;
    return out;
  };
  return {
    rows: parameterCount,
    cols: parameterCount,
    tags: { symmetric: true, psd: true },
    apply,
  };
}

/**
 * How concentrated the competitors are, in [0, 1]: the mean of max_j q_ij over the batch, weighted by
 * w_i p_y (1 - p_y), the curvature that an example has at all. 1 means that FGN is the GGN. O(B C).
 */
export function competitorConcentration({ split, shares }: WeightedSplit): number {
  const { rows, cols, data: q } = split.competitors;
  let total = 0;
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    let top = 0;
    for (let j = i * cols; j < (i + 1) * cols; j++) top = Math.max(top, q[j]!);
    const weight = shares[i]! * split.probabilities[i]! * split.complements[i]!;
    total += weight;
    sum += weight * top;
  }
  return total > 0 ? sum / total : 1;
}
