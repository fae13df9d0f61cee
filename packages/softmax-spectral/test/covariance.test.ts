import {
  type Dense,
  fromRows,
  multiply,
  multiplyTransposeB,
  operatorToDense,
  SeededRandom,
  symmetricEigen,
} from "@xent/linalg";
import { describe, expect, test } from "vitest";
import {
  softmax,
  softmaxCovariance,
  softmaxCovarianceApplyRows,
  softmaxCovarianceEigenvalues,
  softmaxCovarianceFactor,
  softmaxCovariancePseudoInverse,
  softmaxVariance,
} from "../src/index.js";

const u = 2 ** -53;

/** diag(p) - p p^T entry by entry, the diagonal from the sum of the others. */
function covarianceByEntries(p: ArrayLike<number>): Dense {
  const n = p.length;
  return fromRows(
    Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => {
        if (i !== j) return -p[i]! * p[j]!;
        let others = 0;
        for (let m = 0; m < n; m++) if (m !== i) others += p[m]!;
        return p[i]! * others;
      }),
    ),
  );
}

function distributions(): [string, Float64Array][] {
  const random = new SeededRandom(5);
  const cases: [string, Float64Array][] = [
    ["one class", Float64Array.of(1)],
    ["two classes", softmax([0.3, -1])],
    ["uniform", softmax(new Float64Array(7))],
    ["ties", softmax([1, 1, 0, 0, 0, -5])],
    ["masked", softmax([1, -Infinity, 0.5, -Infinity, 3])],
    ["confident", softmax([0, -40, -41, -39.5])],
    ["neighbours one bit apart", softmax([0, 2 ** -50, 2 ** -51, -1, -1 - 2 ** -49])],
    ["wide", softmax([0, -10, -100, -300, -690])],
  ];
  for (const n of [2, 5, 12, 40]) {
    for (const scale of [0.1, 1, 10]) {
      cases.push([`random C=${n} scale=${scale}`, softmax(random.normals(n, scale))]);
    }
  }
  return cases;
}

describe.each(distributions())("%s", (_, p) => {
  const n = p.length;
  const exact = covarianceByEntries(p);

  test("the operator has the entries of diag(p) - p p^T to relative accuracy", () => {
    const found = operatorToDense(softmaxCovariance(p));
    // n terms in the mean, and sum(p) = 1 up to (n + 1) u.
    for (let i = 0; i < n * n; i++) {
      const want = exact.data[i]!;
      expect(Math.abs(found.data[i]! - want)).toBeLessThanOrEqual(
        (3 * n + 10) * u * Math.abs(want),
      );
    }
  });

  test("the factor: L L^T = Q entry by entry, rank, transpose", () => {
    const factor = softmaxCovarianceFactor(p);
    expect(factor.rank).toBe(p.filter((v) => v > 0).length - 1);
    const l = operatorToDense(factor);
    const product = multiplyTransposeB(l, l);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        // Off the diagonal terms of both signs meet: bounded by sqrt(Q_ii Q_jj).
        const size = Math.sqrt(exact.data[i * n + i]!) * Math.sqrt(exact.data[j * n + j]!);
        const error = Math.abs(product.data[i * n + j]! - exact.data[i * n + j]!);
        expect(error).toBeLessThanOrEqual((5 * n + 10) * u * size);
      }
    }
    for (let i = 0; i < n; i++) {
      const unit = new Float64Array(n);
      unit[i] = 1;
      expect([...factor.applyTranspose(unit)].map((v) => v + 0)).toEqual(
        [...l.data.subarray(i * factor.rank, (i + 1) * factor.rank)].map((v) => v + 0),
      );
    }
  });

  test("the pseudo-inverse satisfies the Moore-Penrose equations", () => {
    const q = operatorToDense(softmaxCovariance(p));
    const x = operatorToDense(softmaxCovariancePseudoInverse(p));
    const projector = multiply(q, x);
    const positive = p.filter((v) => v > 0);
    // ||Q|| <= max p, ||Q+|| <= 1 / min p: the products are right to their quotient times u.
    const condition = Math.max(...positive) / Math.min(...positive);
    const close = (a: Dense, b: Dense, size: number): void => {
      for (let i = 0; i < n * n; i++) {
        expect(Math.abs(a.data[i]! - b.data[i]!)).toBeLessThanOrEqual(
          20 * n * u * condition * size,
        );
      }
    };
    const transposed: Dense = {
      ...projector,
      data: projector.data.map((_, i) => projector.data[(i % n) * n + Math.floor(i / n)]!),
    };
    close(projector, transposed, 1);
    close(multiply(projector, q), q, Math.max(...p));
    close(multiply(x, projector), x, 1 / Math.min(...positive));
  });

  test("eigenvalues: against QL, trace, interlacing", () => {
    const values = softmaxCovarianceEigenvalues(p);
    const dense = symmetricEigen(exact).values;
    const largest = Math.max(...p);
    let trace = 0;
    for (let i = 0; i < n; i++) {
      // QL is accurate to a small multiple of n u times the norm.
      expect(Math.abs(values[i]! - dense[i]!)).toBeLessThanOrEqual(10 * n * u * largest);
      trace += exact.data[i * n + i]!;
    }
    const sum = values.reduce((a, b) => a + b, 0);
    expect(Math.abs(sum - trace)).toBeLessThanOrEqual((20 * n + 20) * u * trace);
    const sorted = p.slice().sort();
    for (let i = 1; i < n; i++) {
      expect(values[i]!).toBeGreaterThanOrEqual(sorted[i - 1]!);
      expect(values[i]!).toBeLessThanOrEqual(sorted[i]!);
    }
    expect(values[0]).toBe(0);
  });

  test("the variance is the quadratic form, at most spread^2 / 4", () => {
    const random = new SeededRandom(n);
    const v = random.normals(n);
    const q = softmaxCovariance(p).apply(v);
    let form = 0;
    let size = 0;
    for (let i = 0; i < n; i++) {
      form += v[i]! * q[i]!;
      size += Math.abs(v[i]! * q[i]!);
    }
    const variance = softmaxVariance(p, v);
    expect(Math.abs(variance - form)).toBeLessThanOrEqual((5 * n + 10) * u * (size + variance));
    const spread = Math.max(...v) - Math.min(...v);
    expect(variance).toBeLessThanOrEqual((spread * spread) / 4 + 4 * u * spread * spread);
  });
});

test("small eigenvalues have relative accuracy", () => {
  // Two classes: the only non-zero eigenvalue is 2 p_1 p_2.
  for (const z of [0, 1, 40, 600]) {
    const p = softmax([0, -z]);
    const found = softmaxCovarianceEigenvalues(p)[1]!;
    expect(Math.abs(found / (2 * p[0]! * p[1]!) - 1)).toBeLessThanOrEqual(10 * u);
  }
});

test("the variance bound is attained by two equal classes", () => {
  expect(softmaxVariance([0.5, 0, 0.5], [-3, 100, 5])).toBe(16);
});

test("batches equal rows, in place too", () => {
  const p = fromRows([
    [0.25, 0.75],
    [1, 0],
  ]);
  const v = fromRows([
    [1, 3],
    [5, 1e300],
  ]);
  const expected = [0.25 * -1.5, 0.75 * 0.5, 0, 0];
  expect([...softmaxCovarianceApplyRows(p, v).data]).toEqual(expected);
  softmaxCovarianceApplyRows(p, v, v);
  expect([...v.data]).toEqual(expected);
});

test("bad arguments", () => {
  expect(() => softmaxCovariance([])).toThrow("probabilities has no classes");
  expect(() => softmaxCovariance([0.5, 0.4])).toThrow("probabilities sums to 0.9, expected 1");
  expect(() => softmaxCovariance([1.5, -0.5])).toThrow("probabilities[1] = -0.5");
  expect(() => softmaxCovariance([NaN, 1])).toThrow("probabilities[0] = NaN");
  expect(() => softmaxCovariancePseudoInverse([1, 5e-324])).toThrow("no finite reciprocal");
  expect(() => softmaxCovariance([1, 0]).apply(new Float64Array(3))).toThrow("x has length 3");
  expect(() => softmaxVariance([1, 0], [0, Infinity])).toThrow("values[1] = Infinity");
});
