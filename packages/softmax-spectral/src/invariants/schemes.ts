import {
  type AnyInvariant,
  type DeclaredPrecision,
  defineInvariant,
  unitRoundoff,
  WorstMeasurement,
} from "@xent/invariants";
import { dense, multiply, transpose } from "@xent/linalg";
import * as fc from "fast-check";
import type { AssociationScheme } from "../association-scheme.js";
import { cycleScheme, hammingScheme, johnsonScheme, petersenScheme } from "../classical-schemes.js";
import { softmaxRows } from "../log-sum-exp.js";
import {
  multiplySchemeMatrices,
  type SchemeMatrix,
  schemeEigenvalues,
  schemeMatrix,
  schemeMatrixFromSpectrum,
  schemeMatrixToDense,
  schemeSoftmax,
  schemeSoftmaxGaps,
} from "../scheme-matrix.js";
import { softmaxUnits, spread, UNDERFLOW } from "./logit-cases.js";

/** The softmax of matrices of an association scheme under test. */
export interface SchemeSubject extends DeclaredPrecision {
  schemeSoftmax(this: void, matrix: SchemeMatrix): SchemeMatrix;
  schemeSoftmaxGaps(this: void, matrix: SchemeMatrix): ArrayLike<number>;
  schemeEigenvalues(this: void, matrix: SchemeMatrix): ArrayLike<number>;
  multiplySchemeMatrices(this: void, a: SchemeMatrix, b: SchemeMatrix): SchemeMatrix;
}

/** The implementation of this package. */
export const schemeSubject: SchemeSubject = {
  schemeSoftmax: (matrix) => schemeSoftmax(matrix),
  schemeSoftmaxGaps: (matrix) => schemeSoftmaxGaps(matrix),
  schemeEigenvalues: (matrix) => schemeEigenvalues(matrix),
  multiplySchemeMatrices,
};

const schemes: fc.Arbitrary<AssociationScheme> = fc.oneof(
  fc.integer({ min: 1, max: 5 }).map((d) => hammingScheme(d, 2)),
  fc
    .tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 2, max: 6 }))
    .map(([d, q]) => hammingScheme(d, q)),
  fc.integer({ min: 1, max: 7 }).chain((n) => fc.nat(n).map((k) => johnsonScheme(n, k))),
  fc.integer({ min: 1, max: 24 }).map((n) => cycleScheme(n)),
  fc.constant(undefined).map(() => petersenScheme()),
);

const matrices: fc.Arbitrary<{ a: SchemeMatrix; b: SchemeMatrix }> = schemes.chain((scheme) => {
  const values = fc
    .array(
      fc.oneof(fc.double({ min: -6, max: 6, noNaN: true }), fc.constantFrom(0, 1, 100, -300)),
      { minLength: scheme.rank, maxLength: scheme.rank },
    )
    .map((v) => schemeMatrix(scheme, Float64Array.from(v)));
  return fc.record({ a: values, b: values });
});

const ofSchemes: readonly AnyInvariant<SchemeSubject>[] = [
  defineInvariant<SchemeSubject>()({
    id: "softmax-spectral/scheme-closure",
    statement:
      "on a symmetric association scheme, products and column softmaxes of dense matrices are those of the class values",
    source: "docs/theory 1.2: Bose-Mesner algebra",
    arbitrary: matrices,
    measure: ({ a, b }, subject) => {
      const { rank } = a.scheme;
      const u = unitRoundoff(subject);
      const [x, y] = [schemeMatrixToDense(a), schemeMatrixToDense(b)];
      const n = x.rows;
      const worst = new WorstMeasurement();
      const compare = (found: SchemeMatrix, data: Float64Array, tolerance: number): void => {
        const expanded = schemeMatrixToDense(found);
        for (let e = 0; e < data.length; e++) {
          worst.add(Math.abs(expanded.data[e]! - data[e]!), tolerance);
        }
      };
      const norm = (m: typeof x): number => Math.hypot(...m.data);
      // Through eigenvalues: sums of rank products of class values with entries of P and Q.
      const units = 4 * n + 8 * rank + 16;
      compare(
        subject.multiplySchemeMatrices(a, b),
        multiply(x, y).data,
        units * u * norm(x) * norm(y) + UNDERFLOW,
      );
      const p = transpose(softmaxRows(transpose(x)));
      compare(subject.schemeSoftmax(a), p.data, 2 * softmaxUnits(n, spread(a.values) / 4) * u);
      return worst.measurement;
    },
  }),
  defineInvariant<SchemeSubject>()({
    id: "softmax-spectral/scheme-eigenspaces",
    statement:
      "Z E_j = lambda_j E_j and P E_j = phat_j E_j on the same idempotents E_j = (1 / n) sum_i Q_ij A_i; trivial phat = 1, 1 - phat_j as given",
    source: "docs/theory 1.2",
    arbitrary: matrices,
    measure: ({ a }, subject) => {
      const { scheme } = a;
      const { rank, pointCount: n } = scheme;
      const u = unitRoundoff(subject);
      const z = schemeMatrixToDense(a);
      const p = transpose(softmaxRows(transpose(z)));
      const lambda = subject.schemeEigenvalues(a);
      const phat = subject.schemeEigenvalues(subject.schemeSoftmax(a));
      const gaps = subject.schemeSoftmaxGaps(a);
      const size = Math.hypot(...z.data);
      const worst = new WorstMeasurement();
      const units = 4 * n + 8 * rank + 2 * softmaxUnits(n, spread(a.values) / 4);
      worst.add(Math.abs(phat[0]! - 1), units * u);
      for (let j = 0; j < rank; j++) {
        const unit = new Float64Array(rank);
        unit[j] = 1;
        const idempotent = schemeMatrixToDense(schemeMatrixFromSpectrum(scheme, unit));
        const [zE, pE] = [multiply(z, idempotent), multiply(p, idempotent)];
        for (let e = 0; e < n * n; e++) {
          const v = idempotent.data[e]!;
          worst.add(Math.abs(zE.data[e]! - lambda[j]! * v), units * u * size + UNDERFLOW);
          worst.add(Math.abs(pE.data[e]! - phat[j]! * v), units * u);
        }
        worst.add(Math.abs(gaps[j]! - (1 - phat[j]!)), units * u);
      }
      return worst.measurement;
    },
  }),
  defineInvariant<SchemeSubject>()({
    id: "softmax-spectral/scheme-orthogonality",
    statement: "the eigenmatrices satisfy P Q = n I, and multiplicities add up to n",
    source: "Bannai and Ito, Algebraic Combinatorics I, section II.3",
    arbitrary: schemes,
    measure: (scheme) => {
      const { rank, pointCount: n, multiplicities } = scheme;
      const product = multiply(scheme.eigenmatrix, scheme.dualEigenmatrix);
      const size = dense(rank, rank, scheme.eigenmatrix.data.map(Math.abs));
      const bound = multiply(size, { ...size, data: scheme.dualEigenmatrix.data.map(Math.abs) });
      const worst = new WorstMeasurement();
      for (let e = 0; e < rank * rank; e++) {
        const want = e % (rank + 1) === 0 ? n : 0;
        // Sums of rank products, whose factors are rounded up to four times.
        worst.add(Math.abs(product.data[e]! - want), (rank + 10) * 2 ** -53 * bound.data[e]!);
      }
      worst.add(Math.abs(multiplicities.reduce((s, m) => s + m, 0) - n), 0);
      return worst.measurement;
    },
  }),
];

/** Symmetric association schemes. */
export function schemeInvariants(): AnyInvariant<SchemeSubject>[] {
  return [...ofSchemes];
}
