import { type GroupTransform, requireLength, requireLogits } from "@xent/linalg";
import { type Group, groupPlan, requireEven } from "./abelian-group.js";
import { sigmoid } from "./logistic.js";
import { argmaxSpan, exponentialsSpan } from "./softmax-span.js";
import { splitWalsh } from "./split-walsh.js";
import { type VersineTable, versineTable } from "./versines.js";

/** Up to this order every gap of a group that is not Z_2^m is summed directly. */
const DIRECT_ORDER = 128;

/** Computes the gaps of {@link softmaxEigenvalueGaps} again and again for one group, without allocating. */
export interface SoftmaxGapPlan {
  readonly group: GroupTransform;
  /**
   * Writes 1 - qhat_c = sum_{m != 0} q_m (1 - chi_c(m)) to `out` (length k), where q is the softmax over
   * the off-diagonal logits zeta_m, m != 0, alone, and returns the margin zeta_0 - logSumExp(zeta_m, m != 0).
   * Nothing underflows, however large the margin. `out` may be `symbol`. When there is no competitor (k = 1,
   * or all are masked) the gaps are 0 and the margin is Infinity.
   */
  competitorGaps(symbol: Float64Array, out: Float64Array): number;
  /**
   * Writes 1 - phat_c = (1 - pi_0)(1 - qhat_c) to `out` (length k; may be `symbol`) and returns the margin:
   * pi_0 = sigmoid(margin), and -log pi_0 = softplus(-margin).
   */
  gaps(symbol: Float64Array, out: Float64Array): number;
}

/**
 * Plans {@link softmaxEigenvalueGaps} for a group.
 *
 * Cost O(k log k) a call. Accuracy of each 1 - qhat_c:
 * - Z_2^m: relative error at most (m + 130) u plus that of the exponentials, for every c, by a Walsh-Hadamard
 *   transform that only ever adds non-negative numbers;
 * - other groups with k <= 128: relative error about k u, by direct sums of q_m 2 sin^2(angle / 2);
 * - other groups with k > 128: absolute error of a few log2(k) u by the fast transform, and direct sums
 *   (relative error about k u) for the smallest gaps, up to 8 log2(k) of those below 2^-10.
 */
export function planSoftmaxGaps(group: Group): SoftmaxGapPlan {
  const plan = groupPlan(group);
  const k = plan.size;
  const q = new Float64Array(k);
  const transform = gapTransform(plan, q);
  const competitorGaps = (symbol: Float64Array, out: Float64Array): number => {
    requireLength("symbol", symbol, k);
    requireLength("out", out, k);
    requireLogits("symbol", symbol);
    requireEven("symbol", "elements", plan, symbol);
    const top = 1 + argmaxSpan(symbol, 1, k - 1);
    const best = k === 1 ? -Infinity : symbol[top]!;
    const own = symbol[0]!;
    if (best === -Infinity) {
      out.fill(0);
      return Infinity;
    }
    const rest = exponentialsSpan(symbol, 1, k - 1, top - 1, 1, q, 1);
    q[0] = 0;
    for (let m = 1; m < k; m++) q[m]! /= 1 + rest;
    transform(out);
    out[0] = 0;
    return own - best - Math.log1p(rest);
  };
  const gaps = (symbol: Float64Array, out: Float64Array): number => {
    const margin = competitorGaps(symbol, out);
    const competitors = sigmoid(-margin);
    for (let c = 0; c < k; c++) out[c]! *= competitors;
    return margin;
  };
  return { group: plan, competitorGaps, gaps };
}

/** The map from q (k weights >= 0 that sum to one; may be overwritten) to 1 - qhat. */
function gapTransform(plan: GroupTransform, q: Float64Array): (out: Float64Array) => void {
  const k = plan.size;
  if (plan.orders.every((n) => n <= 2)) {
    const plus = new Float64Array(k);
    return (out) => {
      plus.set(q);
      out.fill(0);
      splitWalsh(plus, out);
      for (let c = 0; c < k; c++) out[c]! *= 2;
    };
  }
  const versines = versineTable(plan);
  if (k <= DIRECT_ORDER) {
    return (out) => {
      for (let c = 1; c < k; c++) {
        const other = plan.negation[c]!;
        if (other >= c) out[other] = out[c] = versines.sum(c, q);
      }
    };
  }
  const budget = Math.ceil(8 * Math.log2(k));
  return (out) => {
    plan.evenSpectrum(q, out);
    const total = out[0]!;
    for (let c = 0; c < k; c++) out[c] = total - out[c]!;
    refineSmallest(plan, versines, q, out, budget);
  };
}

/** Replaces the smallest gaps below 2^-10, at most `budget` of them and their mirrors, by direct sums. */
function refineSmallest(
  plan: GroupTransform,
  versines: VersineTable,
  q: Float64Array,
  out: Float64Array,
  budget: number,
): void {
  const k = plan.size;
  let threshold = 2 ** -10;
  for (;;) {
    let count = 0;
    for (let c = 1; c < k; c++) if (out[c]! < threshold && plan.negation[c]! >= c) count++;
    if (count <= budget) break;
    threshold /= 16;
    // Gaps that the transform cannot tell from 0: those that come first are refined.
    if (threshold < 2 ** -56) break;
  }
  let left = budget;
  for (let c = 1; c < k; c++) {
    const other = plan.negation[c]!;
    if (!(out[c]! < threshold) || other < c) continue;
    if (left-- > 0) out[other] = out[c] = versines.sum(c, q);
    else out[other] = out[c] = Math.max(out[c]!, 0);
  }
}

/**
 * 1 - phat_c for every character c, where phat are the eigenvalues of the column softmax of Z_ij = zeta(i - j),
 * zeta even: sum_{m != 0} pi_m (1 - chi_c(m)), a sum of terms >= 0 that never passes through 1 - phat_c.
 * In [0, 2], 0 at the trivial character. See {@link planSoftmaxGaps} for accuracy, and for repeated use.
 *
 * @param symbol - zeta, length k; -Infinity masks an element.
 * @param out - length k; may be `symbol`.
 * @throws DimensionError, DomainError (NaN, +Infinity, or a symbol that is not even). O(k log k).
 */
export function softmaxEigenvalueGaps(
  group: Group,
  symbol: Float64Array,
  out: Float64Array = new Float64Array(symbol.length),
): Float64Array {
  planSoftmaxGaps(group).gaps(symbol, out);
  return out;
}
