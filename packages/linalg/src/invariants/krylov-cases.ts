/** Systems for the Krylov solvers, and what must be true of every answer. */
import * as fc from "fast-check";
import { type Dense, dense } from "../dense.js";
import type { KrylovOptions, KrylovResult } from "../krylov.js";
import type { LinearOperator } from "../linear-operator.js";
import {
  difference,
  exponent,
  gamma,
  length2,
  naiveProduct,
  type SpectrumCase,
  scaleOf,
  seed,
  size,
  spectrumCase,
  spectrumOf,
  symmetricSpectral,
  vectorOf,
} from "./cases.js";
import type { LinalgSubject } from "./subject.js";

export interface SymmetricCase {
  readonly n: number;
  readonly seed: number;
  readonly b: number;
  readonly spectrum: SpectrumCase;
  readonly indefinite: boolean;
  readonly scaleA: number;
  readonly scaleB: number;
}

/** Scales stop at 1e60 either way: x = A^-1 b, and the inner products square it. */
export const moderate: fc.Arbitrary<number> = exponent.map((e) => Math.trunc(e / 2));

export function symmetricCase(
  decades: number,
  indefinite: fc.Arbitrary<boolean>,
): fc.Arbitrary<SymmetricCase> {
  return fc.record({
    n: size(1, 24),
    seed,
    b: seed,
    spectrum: spectrumCase(decades),
    indefinite,
    scaleA: moderate,
    scaleB: moderate,
  });
}

export interface Prepared {
  readonly matrix: Dense;
  readonly values: Float64Array;
  readonly operator: LinearOperator;
  readonly b: Float64Array;
  /** ||A||_2, the scale of A. */
  readonly norm: number;
}

export function prepare(c: SymmetricCase, subject: LinalgSubject): Prepared {
  const norm = scaleOf(subject, c.scaleA);
  const values = spectrumOf(c.spectrum, c.n).map(
    (v, i) => (c.indefinite && i % 2 === 1 ? -v : v) * norm,
  );
  const { matrix } = symmetricSpectral(values, c.seed);
  return {
    matrix,
    values,
    operator: subject.denseOperator(matrix, { symmetric: true, psd: !c.indefinite }),
    b: vectorOf(c.n, c.b, scaleOf(subject, c.scaleB)),
    norm,
  };
}

/** ||b - A x||_2 by the definition. */
export function trueResidual(a: Dense, x: Float64Array, b: Float64Array): number {
  return length2(difference(b, naiveProduct(a, dense(x.length, 1, x)).data));
}

/** What computing b - A x rounds, at most. */
export function residualRounding(
  a: Dense,
  x: Float64Array,
  b: Float64Array,
  subject: LinalgSubject,
): number {
  return 2 * gamma(a.cols + 3, subject) * (length2(a.data) * length2(x) + length2(b));
}

/** ||e||_A / sqrt ||A||. */
export function energyNorm(p: Prepared, e: Float64Array): number {
  const image = naiveProduct(p.matrix, dense(e.length, 1, e)).data;
  const square = e.reduce((s, v, i) => s + v * (image[i]! / p.norm), 0);
  return Math.sqrt(Math.max(0, square));
}

/** How long and how exactly a solver may iterate, and from where. */
export interface Budget {
  readonly digits: number;
  readonly maxIterations: number | undefined;
  readonly warm: boolean;
}

export const budget: fc.Arbitrary<Budget> = fc.record({
  digits: size(2, 15),
  maxIterations: fc.option(size(0, 30), { nil: undefined }),
  warm: fc.boolean(),
});

export function optionsOf(
  c: Budget,
  n: number,
  x: number,
): KrylovOptions & { readonly tolerance: number } {
  return {
    tolerance: 10 ** -c.digits,
    ...(c.maxIterations === undefined ? {} : { maxIterations: c.maxIterations }),
    ...(c.warm ? { initialGuess: vectorOf(n, x) } : {}),
  };
}

/** Whether a result says of its x what is true of its x. */
export function truthOf(
  result: KrylovResult,
  p: { matrix: Dense; b: Float64Array },
  tolerance: number,
  subject: LinalgSubject,
): { error: number; tolerance: number } {
  const residual = trueResidual(p.matrix, result.x, p.b);
  const rounding = residualRounding(p.matrix, result.x, p.b, subject);
  const claimed =
    result.status === "converged" ? Math.max(0, residual - tolerance * length2(p.b)) : 0;
  const finite = result.x.every(Number.isFinite);
  const history = result.residualHistory.length === result.iterations + 1;
  return {
    error:
      finite && history ? Math.max(Math.abs(residual - result.residualNorm), claimed) : Infinity,
    tolerance: rounding,
  };
}
