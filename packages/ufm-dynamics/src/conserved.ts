import {
  type Dense,
  DimensionError,
  dense,
  multiplyTransposeA,
  multiplyTransposeB,
  norm2,
} from "@xent/linalg";

/**
 * What gradient flow without weight decay conserves, one matrix for each pair of neighbouring layers:
 * W_(l+1)^T W_(l+1) - W_l W_l^T. Each is width x width. [H], [S]; O(d^2 (N + k)).
 *
 * @param layers - W1, ..., WL, as in {@link DenseState}. @throws DimensionError when shapes do not chain.
 */
export function layerImbalance(layers: readonly Dense[]): Dense[] {
  const out: Dense[] = [];
  for (let l = 0; l + 1 < layers.length; l++) {
    const [first, second] = [layers[l]!, layers[l + 1]!];
    if (second.cols !== first.rows) {
      throw new DimensionError(
        `layers[${l + 1}] has ${second.cols} columns, expected the ${first.rows} rows of layers[${l}]`,
      );
    }
    const right = multiplyTransposeB(first, first);
    const left = multiplyTransposeA(second, second);
    out.push(
      dense(
        left.rows,
        left.cols,
        left.data.map((x, i) => x - right.data[i]!),
      ),
    );
  }
  return out;
}

/**
 * How far the conserved matrices of `layers` have moved from those of `start`: the largest Frobenius distance, relative
 * to the largest squared Frobenius norm of a layer at either time. 0 for one layer.
 *
 * @throws DimensionError when the two have different shapes.
 */
export function imbalanceDrift(start: readonly Dense[], layers: readonly Dense[]): number {
  if (start.length !== layers.length) {
    throw new DimensionError(`start has ${start.length} layers, layers has ${layers.length}`);
  }
  const scale = Math.max(...[...start, ...layers].map((w) => norm2(w.data) ** 2));
  const before = layerImbalance(start);
  let worst = 0;
  for (const [l, now] of layerImbalance(layers).entries()) {
    const then = before[l]!;
    if (then.rows !== now.rows) {
      throw new DimensionError(`layers[${l}] has ${now.rows} rows, start[${l}] has ${then.rows}`);
    }
    worst = Math.max(worst, norm2(now.data.map((x, i) => x - then.data[i]!)));
  }
  return scale === 0 ? 0 : worst / scale;
}

/** s1_c^2 - s2_c^2, the conserved quantity of each mode, without the cancellation of squares. O(k). */
export function modeImbalance(s1: ArrayLike<number>, s2: ArrayLike<number>): Float64Array {
  if (s1.length !== s2.length) {
    throw new DimensionError(`s2 has length ${s2.length}, expected the ${s1.length} of s1`);
  }
  return Float64Array.from(s1, (a, c) => (a - s2[c]!) * (a + s2[c]!));
}
