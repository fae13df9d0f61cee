import {
  type Dense,
  DimensionError,
  dense,
  norm2,
  requireFinite,
  requireLength,
  requirePositive,
} from "@xent/linalg";

/**
 * All that a radius needs of a model at a point: logits and their derivative along a direction. Every
 * `Linearization` of `@xent/models` is one.
 */
export interface LogitSlopes {
  /** B x C. */
  readonly logits: Dense;
  /** Derivative of the logits along `v` (length P), B x C. */
  jvp(v: Float64Array): Dense;
}

/** Options of {@link differenceSlopes}. */
export interface DifferenceOptions {
  /**
   * Length of the displacement to either side, in parameter space; finite, > 0. Default
   * `2^-17 max(1, |parameters|)`: near cbrt(3 * 2^-53), where rounding (u |z| / h) and truncation
   * (h^2 |z'''| / 6) of a central difference balance for logits and derivatives of order one.
   */
  readonly length?: number;
  /** Logits at the point, B x C, where they are known; spares the forward pass of modes that use them. */
  readonly logits?: Dense;
}

/**
 * Slopes without derivatives, for models that only have a forward pass: the central difference
 * `(z(theta + h u) - z(theta - h u)) / 2h`, two forward passes for each direction, and a third at the
 * point itself if a mode asks for logits that were not given. Radii from it are estimates: the
 * relative error of a slope is about 2^-34 for smooth models, and of order one when a kink lies
 * between the two points.
 *
 * @param forward - logits (B x C) of the batch in hand at given parameters (length P).
 * @param parameters - theta, length P, finite; copied.
 * @throws DomainError for bad numbers; the jvp throws DimensionError when the shapes of logits differ.
 */
export function differenceSlopes(
  forward: (parameters: Float64Array) => Dense,
  parameters: Float64Array,
  options: DifferenceOptions = {},
): LogitSlopes {
  requireFinite("parameters", parameters);
  const theta = parameters.slice();
  const { length = 2 ** -17 * Math.max(1, norm2(theta)) } = options;
  requirePositive("length", length);
  let known = options.logits;
  return {
    get logits() {
      known ??= forward(theta.slice());
      return known;
    },
    jvp(v) {
      requireLength("v", v, theta.length);
      requireFinite("v", v);
      const size = norm2(v);
      if (size === 0) {
        const { rows, cols } = this.logits;
        return dense(rows, cols);
      }
      const h = length / size;
      const ahead = forward(theta.map((p, i) => p + h * v[i]!));
      const behind = forward(theta.map((p, i) => p - h * v[i]!));
      if (ahead.rows !== behind.rows || ahead.cols !== behind.cols) {
        throw new DimensionError(
          `forward gave ${ahead.rows} x ${ahead.cols} and ${behind.rows} x ${behind.cols} logits`,
        );
      }
      const out = dense(ahead.rows, ahead.cols);
      for (let i = 0; i < out.data.length; i++) {
        out.data[i] = (ahead.data[i]! - behind.data[i]!) / (2 * h);
      }
      return out;
    },
  };
}
