import { gaussianCdfAndDensity } from "./gaussian.js";

/** Activations of {@link mlp}. "gelu" is x Phi(x) with the normal distribution function (erf), not the tanh fit. */
export type ActivationName = "tanh" | "relu" | "silu" | "gelu" | "softplus";

/** The activations by name, in a fixed order. */
export const ACTIVATION_NAMES: readonly ActivationName[] = [
  "tanh",
  "relu",
  "silu",
  "gelu",
  "softplus",
];

/** What analysis needs to know of an activation f. */
export interface ActivationFacts {
  /**
   * Distance from the real axis to the nearest singularity of f in the complex plane: along a real
   * line through argument `a` with slope `s` the activation is analytic for `|t| < distance / |s|`.
   * 0 when f has a kink on the axis itself (ReLU: only where the argument is 0), Infinity when f is entire.
   */
  readonly singularityDistance: number;
  /** Where the nearest singularities are. */
  readonly singularities: string;
  /** sup |f'| over the real line, rounded up. */
  readonly maximumSlope: number;
  /** sup |f''| over the real line, rounded up; Infinity at a kink. */
  readonly maximumCurvature: number;
}

/** Analytic facts on each activation. */
export const activationFacts: Readonly<Record<ActivationName, ActivationFacts>> = {
  tanh: {
    singularityDistance: Math.PI / 2,
    singularities: "poles at i pi (n + 1/2)",
    maximumSlope: 1,
    maximumCurvature: 4 / (3 * Math.sqrt(3)), // at tanh x = -1 / sqrt 3
  },
  relu: {
    singularityDistance: 0,
    singularities: "kink at 0; analytic on either side",
    maximumSlope: 1,
    maximumCurvature: Infinity,
  },
  silu: {
    singularityDistance: Math.PI,
    singularities: "poles at i pi (2n + 1)",
    maximumSlope: 1.09983932012887,
    maximumCurvature: 0.5, // at 0
  },
  gelu: {
    singularityDistance: Infinity,
    singularities: "none: entire",
    maximumSlope: 1.12890414515516, // Phi(sqrt 2) + sqrt 2 phi(sqrt 2), at x = sqrt 2
    maximumCurvature: 0.7978845608028655, // 2 phi(0), at 0
  },
  softplus: {
    singularityDistance: Math.PI,
    singularities: "logarithmic branch points at i pi (2n + 1)",
    maximumSlope: 1,
    maximumCurvature: 0.25, // at 0
  },
};

/** f, f' and f'' of one argument. */
export interface ActivationValues {
  value: number;
  slope: number;
  curvature: number;
}

type Evaluate = (x: number, out: ActivationValues) => void;

const evaluators: Record<ActivationName, Evaluate> = {
  tanh(x, out) {
    // One exponential gives value and slope, both with small relative error: no 1 - t^2.
    const a = Math.abs(x);
    let value: number;
    let e: number;
    if (a < 0.34) {
      const u = Math.expm1(-2 * a);
      value = -u / (2 + u);
      e = 1 + u;
    } else {
      e = Math.exp(-2 * a);
      value = (1 - e) / (1 + e);
    }
    out.value = x < 0 ? -value : value;
    out.slope = (4 * e) / ((1 + e) * (1 + e));
    out.curvature = -2 * out.value * out.slope;
  },
  // At the kink itself the slope is 0, the smaller of the two.
  relu(x, out) {
    out.value = x > 0 ? x : 0;
    out.slope = x > 0 ? 1 : 0;
    out.curvature = 0;
  },
  silu(x, out) {
    const e = Math.exp(-Math.abs(x));
    const small = e / (1 + e);
    const large = 1 / (1 + e);
    const s = x < 0 ? small : large;
    const c = x < 0 ? large : small; // 1 - s without cancellation
    out.value = x * s;
    out.slope = s * (1 + x * c);
    out.curvature = s * c * (2 + x * (c - s));
  },
  gelu(x, out) {
    gaussianCdfAndDensity(x, gaussian);
    const { cdf, density } = gaussian;
    out.value = x * cdf;
    // The density is 0 long before x * density or x * x could spoil it.
    out.slope = density === 0 ? cdf : cdf + x * density;
    out.curvature = density === 0 ? 0 : density * (2 - x * x);
  },
  softplus(x, out) {
    const e = Math.exp(-Math.abs(x));
    const small = e / (1 + e);
    const large = 1 / (1 + e);
    out.value = Math.max(x, 0) + Math.log1p(e);
    out.slope = x < 0 ? small : large;
    out.curvature = small * large;
  },
};

const gaussian = { cdf: 0, density: 0 };

/** f, f' and f'' at `x` (finite). */
export function activation(name: ActivationName, x: number): ActivationValues {
  const out = { value: 0, slope: 0, curvature: 0 };
  evaluators[name](x, out);
  return out;
}

/**
 * Applies an activation to every entry of `x`; writes values, and slopes and curvatures where asked
 * for. `values` may be `x` itself.
 */
export function applyActivation(
  name: ActivationName,
  x: Float64Array,
  values: Float64Array,
  slopes?: Float64Array,
  curvatures?: Float64Array,
): void {
  if (name === "relu") {
    applyRelu(x, values, slopes, curvatures);
    return;
  }
  const evaluate = evaluators[name];
  const at = { value: 0, slope: 0, curvature: 0 };
  for (let i = 0; i < x.length; i++) {
    evaluate(x[i]!, at);
    values[i] = at.value;
    if (slopes !== undefined) slopes[i] = at.slope;
    if (curvatures !== undefined) curvatures[i] = at.curvature;
  }
}

/** As `evaluators.relu`, without a call for each entry, which would cost more than the work. */
function applyRelu(
  x: Float64Array,
  values: Float64Array,
  slopes: Float64Array | undefined,
  curvatures: Float64Array | undefined,
): void {
  // Signs are a coin toss: a branch on them costs ten times these operations.
  for (let i = 0; i < x.length; i++) values[i] = Math.max(x[i]!, 0);
  if (slopes !== undefined) {
    // 1 where the value is positive, however small.
    for (let i = 0; i < values.length; i++) slopes[i] = Math.ceil(Math.min(values[i]!, 1));
  }
  curvatures?.fill(0);
}
