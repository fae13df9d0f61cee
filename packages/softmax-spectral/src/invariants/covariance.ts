import {
  type AnyInvariant,
  type DeclaredPrecision,
  defineInvariant,
  unitRoundoff,
  WorstMeasurement,
} from "@xent/invariants";
import { dot, type LinearOperator } from "@xent/linalg";
import * as fc from "fast-check";
import { softmaxCovariance, softmaxVariance } from "../covariance.js";
import { softmaxCovarianceEigenvalues } from "../covariance-eigenvalues.js";
import {
  type CovarianceFactor,
  softmaxCovarianceFactor,
  softmaxCovariancePseudoInverse,
} from "../covariance-factor.js";
import { logSumExp, softmax } from "../log-sum-exp.js";
import {
  directionsOf,
  largestLogit,
  logitsOf,
  mildLogitsOf,
  softmaxUnits,
  spread,
  UNDERFLOW,
} from "./logit-cases.js";

/** The softmax covariance under test. */
export interface CovarianceSubject extends DeclaredPrecision {
  softmax(this: void, logits: Float64Array): ArrayLike<number>;
  logSumExp(this: void, logits: Float64Array): number;
  softmaxCovariance(this: void, p: ArrayLike<number>): LinearOperator;
  softmaxVariance(this: void, p: ArrayLike<number>, v: ArrayLike<number>): number;
  softmaxCovarianceFactor(this: void, p: ArrayLike<number>): CovarianceFactor;
  softmaxCovariancePseudoInverse(this: void, p: ArrayLike<number>): LinearOperator;
  softmaxCovarianceEigenvalues(this: void, p: ArrayLike<number>): ArrayLike<number>;
}

/** The implementation of this package. */
export const covarianceSubject: CovarianceSubject = {
  softmax: (logits) => softmax(logits),
  logSumExp: (logits) => logSumExp(logits),
  softmaxCovariance,
  softmaxVariance,
  softmaxCovarianceFactor,
  softmaxCovariancePseudoInverse,
  softmaxCovarianceEigenvalues: (p) => softmaxCovarianceEigenvalues(p),
};

interface Case {
  readonly z: number[];
  readonly v: number[];
  readonly w: number[];
}

function cases(logits: fc.Arbitrary<number[]>): fc.Arbitrary<Case> {
  return logits.chain((z) =>
    fc.record({ z: fc.constant(z), v: directionsOf(z.length), w: directionsOf(z.length) }),
  );
}

/** p_i (1 - p_i), the second factor as the sum of the others. */
function variances(p: ArrayLike<number>): number[] {
  return Array.from(p, (own, i) => {
    let others = 0;
    for (let j = 0; j < p.length; j++) if (j !== i) others += p[j]!;
    return own * others;
  });
}

const ofOperator: readonly AnyInvariant<CovarianceSubject>[] = [
  defineInvariant<CovarianceSubject>()({
    id: "softmax-spectral/covariance-variance",
    statement: "v^T Q v = Var_p(v), and 0 <= Var_p(v) <= (max v - min v)^2 / 4",
    source: "docs/theory 1.3 (Popoviciu)",
    arbitrary: cases(logitsOf(30)),
    measure: ({ z, v }, subject) => {
      const u = unitRoundoff(subject);
      const n = z.length;
      const p = subject.softmax(Float64Array.from(z));
      const x = Float64Array.from(v);
      const variance = subject.softmaxVariance(p, x);
      const qx = subject.softmaxCovariance(p).apply(x);
      const range = spread(v);
      const worst = new WorstMeasurement();
      worst.add(Math.max(0, -variance), 0);
      worst.add(Math.max(0, variance - range ** 2 / 4), (2 * n + 10) * u * range ** 2 + UNDERFLOW);
      // The centre has error n u range; products of v with n entries that cancel to p_i (v_i - mean).
      const size = x.reduce((s, e, i) => s + Math.abs(e * qx[i]!), 0);
      const drift = n * u * range * x.reduce((s, e, i) => s + Math.abs(e) * p[i]!, 0);
      worst.add(
        Math.abs(dot(x, qx) - variance),
        (2 * n + 20) * u * (size + variance) + 2 * drift + UNDERFLOW,
      );
      return worst.measurement;
    },
  }),
  defineInvariant<CovarianceSubject>()({
    id: "softmax-spectral/covariance-null-vector",
    statement: "Q (c 1) = 0, and 1^T Q v = 0: rows and columns sum to zero",
    source: "docs/theory 1.3",
    arbitrary: cases(logitsOf(30)),
    measure: ({ z, v }, subject) => {
      const u = unitRoundoff(subject);
      const n = z.length;
      const p = subject.softmax(Float64Array.from(z));
      const q = subject.softmaxCovariance(p);
      const c = v[0]!;
      const worst = new WorstMeasurement();
      const image = q.apply(new Float64Array(n).fill(c));
      for (let i = 0; i < n; i++)
        worst.add(Math.abs(image[i]!), (n + 4) * u * p[i]! * Math.abs(c) + UNDERFLOW);
      const qv = q.apply(Float64Array.from(v));
      const sum = qv.reduce((a, b) => a + b, 0);
      const size = qv.reduce((a, b) => a + Math.abs(b), 0);
      // The mean is right to n + 4 units of sum p |v - v_top|, and the sum over i of p_i is one.
      const top = v[Array.from(p).indexOf(Math.max(...Array.from(p)))]!;
      const centred = v.reduce((s, x, i) => s + p[i]! * Math.abs(x - top), 0);
      worst.add(Math.abs(sum), (2 * n + 10) * u * (size + centred) + UNDERFLOW);
      return worst.measurement;
    },
  }),
  defineInvariant<CovarianceSubject>()({
    id: "softmax-spectral/covariance-symmetric",
    statement: "w^T Q v = v^T Q w",
    source: "docs/theory 1.3",
    arbitrary: cases(logitsOf(30)),
    measure: ({ z, v, w }, subject) => {
      const p = subject.softmax(Float64Array.from(z));
      const q = subject.softmaxCovariance(p);
      const [x, y] = [Float64Array.from(v), Float64Array.from(w)];
      // Each side: products p_i (v_i - mean) w_i of size at most p_i spread(v) max |w|.
      const size = spread(v) * largestLogit(w) + spread(w) * largestLogit(v);
      return {
        error: Math.abs(dot(y, q.apply(x)) - dot(x, q.apply(y))),
        tolerance: (2 * z.length + 10) * unitRoundoff(subject) * size + UNDERFLOW,
      };
    },
  }),
  defineInvariant<CovarianceSubject>()({
    id: "softmax-spectral/covariance-is-hessian",
    statement: "v^T Q v is the second derivative of logSumExp(z + h v) at 0 (second differences)",
    source: "docs/theory 1.3; remainder: |fourth cumulant| <= spread^4 (1/12 + 3/16)",
    arbitrary: mildLogitsOf(20).chain((z) =>
      fc.record({
        z: fc.constant(z),
        v: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
          minLength: z.length,
          maxLength: z.length,
        }),
      }),
    ),
    measure: ({ z, v }, subject) => {
      const u = unitRoundoff(subject);
      const n = z.length;
      // The power of two next to the fourth root of u balances remainder and rounding.
      const h = 2 ** Math.round(Math.log2(u) / 4);
      const at = (s: number): number =>
        subject.logSumExp(Float64Array.from(z, (x, i) => x + s * h * v[i]!));
      const p = subject.softmax(Float64Array.from(z));
      const size = largestLogit(z) + 1 + Math.log(n);
      return {
        error: Math.abs((at(1) - 2 * at(0) + at(-1)) / h ** 2 - subject.softmaxVariance(p, v)),
        // E (X - EX)^4 <= spread^4 / 12 and Var <= spread^2 / 4. Four values, each with the error of a
        // logSumExp (n + 10 + 2 size) and of its rounded logits (size).
        tolerance:
          (h ** 2 / 12) * spread(v) ** 4 * (1 / 12 + 3 / 16) +
          (4 * (n + 10 + 3 * size) * u) / h ** 2 +
          2 * softmaxUnits(n, size) * u,
      };
    },
  }),
];

const ofDecompositions: readonly AnyInvariant<CovarianceSubject>[] = [
  defineInvariant<CovarianceSubject>()({
    id: "softmax-spectral/covariance-factor",
    statement: "L (L^T v) = Q v",
    source: "pivoted Cholesky factor of diag(p) - p p^T in closed form",
    arbitrary: cases(logitsOf(30)),
    measure: ({ z, v }, subject) => {
      const n = z.length;
      const p = subject.softmax(Float64Array.from(z));
      const factor = subject.softmaxCovarianceFactor(p);
      const x = Float64Array.from(v);
      const found = factor.apply(factor.applyTranspose(x));
      const wanted = subject.softmaxCovariance(p).apply(x);
      const roots = variances(p).map(Math.sqrt);
      const size = roots.reduce((s, r, i) => s + r * Math.abs(v[i]!), 0);
      const worst = new WorstMeasurement();
      for (let i = 0; i < n; i++) {
        // Entries of L are right to about n units, and |Q_ij| <= sqrt(Q_ii Q_jj); what underflows in
        // between is below the least normal number. Q v itself carries n units of p_i sum p |v - v_top|.
        const own =
          p[i]! *
          v.reduce((s, y, j) => s + (p[j]! > 0 ? Math.min(p[j]!, roots[j]!) * Math.abs(y) : 0), 0);
        const tolerance = (8 * n + 20) * unitRoundoff(subject) * (roots[i]! * size + own);
        worst.add(Math.abs(found[i]! - wanted[i]!), tolerance + UNDERFLOW);
      }
      return worst.measurement;
    },
  }),
  defineInvariant<CovarianceSubject>()({
    id: "softmax-spectral/covariance-pseudo-inverse",
    statement: "Q Q^+ v = v - mean(v), and Q^+ Q v likewise: the inverse off the null vector",
    source: "Moore-Penrose equations",
    arbitrary: cases(mildLogitsOf(20)),
    measure: ({ z, v }, subject) => {
      const n = z.length;
      const p = subject.softmax(Float64Array.from(z));
      const q = subject.softmaxCovariance(p);
      const inverse = subject.softmaxCovariancePseudoInverse(p);
      const x = Float64Array.from(v);
      const mean = v.reduce((a, b) => a + b, 0) / n;
      const worst = new WorstMeasurement();
      const condition = Math.max(...Array.from(p)) / Math.min(...Array.from(p));
      // Each product is right to n units of norm times norm: the quotient of the probabilities.
      const tolerance =
        (4 * n + 20) * unitRoundoff(subject) * condition * n * largestLogit(v) + UNDERFLOW;
      for (const image of [q.apply(inverse.apply(x)), inverse.apply(q.apply(x))]) {
        for (let i = 0; i < n; i++) worst.add(Math.abs(image[i]! - (v[i]! - mean)), tolerance);
      }
      return worst.measurement;
    },
  }),
  defineInvariant<CovarianceSubject>()({
    id: "softmax-spectral/covariance-eigenvalues",
    statement:
      "eigenvalues interlace the sorted probabilities, p_(i-1) <= lambda_i <= p_(i), lambda_1 = 0; they have the trace and the Frobenius norm of Q",
    source: "rank-one update of diag(p)",
    arbitrary: logitsOf(20),
    measure: (z, subject) => {
      const u = unitRoundoff(subject);
      const n = z.length;
      const p = Array.from(subject.softmax(Float64Array.from(z)));
      const values = Array.from(subject.softmaxCovarianceEigenvalues(p));
      const worst = new WorstMeasurement();
      const sorted = p.slice().sort((a, b) => a - b);
      worst.add(Math.abs(values[0]!), 0);
      for (let i = 1; i < n; i++) {
        worst.add(Math.max(0, sorted[i - 1]! - values[i]!), 2 * u * sorted[i]! + UNDERFLOW);
        worst.add(Math.max(0, values[i]! - sorted[i]!), 2 * u * sorted[i]! + UNDERFLOW);
      }
      const diagonal = variances(p);
      const trace = diagonal.reduce((a, b) => a + b, 0);
      const sum = values.reduce((a, b) => a + b, 0);
      // Roots of the secular equation to n units each, two sums of n terms; sum p = 1 to softmaxUnits.
      const units = 20 * n + 20;
      worst.add(Math.abs(sum - trace), units * u * trace + UNDERFLOW);
      let squares = 0;
      for (let i = 0; i < n; i++) {
        squares += diagonal[i]! ** 2;
        for (let j = 0; j < n; j++) if (j !== i) squares += (p[i]! * p[j]!) ** 2;
      }
      const found = values.reduce((s, x) => s + x * x, 0);
      worst.add(Math.abs(found - squares), 2 * units * u * squares + UNDERFLOW);
      return worst.measurement;
    },
  }),
];

/** The softmax covariance Q = diag(p) - p p^T as an operator, its factor, inverse and eigenvalues. */
export function covarianceInvariants(): AnyInvariant<CovarianceSubject>[] {
  return [...ofOperator, ...ofDecompositions];
}
