import type { Dense } from "./dense.js";

/** Largest column sum of |a_ij|. */
export function norm1(matrix: Dense): number {
  const { rows, cols, data } = matrix;
  let largest = 0;
  for (let j = 0; j < cols; j++) {
    let s = 0;
    for (let i = 0; i < rows; i++) s += Math.abs(data[i * cols + j]!);
    largest = Math.max(largest, s);
  }
  return largest;
}

function absoluteSum(x: Float64Array): number {
  let s = 0;
  for (let i = 0; i < x.length; i++) s += Math.abs(x[i]!);
  return s;
}

/**
 * Lower bound on ||A^-1||_1 from at most five pairs of solves; seldom off by more than three.
 *
 * @param solve - overwrites its argument with A^-1 x.
 * @param solveTranspose - overwrites its argument with A^-T x.
 * @see Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., Algorithm 15.1, and the
 *   alternating vector of Algorithm 15.5 as a safeguard.
 */
export function inverseNorm1Estimate(
  n: number,
  solve: (x: Float64Array) => void,
  solveTranspose: (x: Float64Array) => void,
): number {
  if (n === 0) return 0;
  const x = new Float64Array(n).fill(1 / n);
  let estimate = 0;
  let previous = -1;
  for (let step = 0; step < 5; step++) {
    solve(x);
    const gamma = absoluteSum(x);
    if (!(gamma > estimate) && step > 0) break;
    estimate = gamma;
    for (let i = 0; i < n; i++) x[i] = x[i]! >= 0 ? 1 : -1;
    solveTranspose(x);
    let at = 0;
    for (let i = 1; i < n; i++) if (Math.abs(x[i]!) > Math.abs(x[at]!)) at = i;
    if (at === previous) break;
    previous = at;
    x.fill(0);
    x[at] = 1;
  }
  for (let i = 0; i < n; i++) x[i] = (i % 2 === 0 ? 1 : -1) * (1 + i / Math.max(1, n - 1));
  solve(x);
  return Math.max(estimate, (2 * absoluteSum(x)) / (3 * n));
}
