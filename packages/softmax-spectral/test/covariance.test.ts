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
import { secularRoot } from "../src/covariance-eigenvalues.js";
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

test("eigenvalues fill what they are given", () => {
  const out = new Float64Array(4).fill(7);
  expect(softmaxCovarianceEigenvalues([0.5, 0, 0.5, 0], out)).toBe(out);
  expect([...out]).toEqual([0, 0, 0, 0.5]);
});

test("small eigenvalues have relative accuracy", () => {
  // Two classes: the only non-zero eigenvalue is 2 p_1 p_2.
  for (const z of [0, 1, 40, 600, 740, 744.4]) {
    const p = softmax([0, -z]);
    const found = softmaxCovarianceEigenvalues(p)[1]!;
    const want = 2 * p[0]! * p[1]!;
    expect(Math.abs(found - want)).toBeLessThanOrEqual(10 * u * want + Number.MIN_VALUE);
  }
});

test("evaluations are counted", () => {
  // Sums, products and quotients alone: the same on every machine. The first root is nearer to its left pole,
  // those with poles below to their right ones.
  const pole = Float64Array.of(0.2, 0.21, 0.22, 0.37);
  const found = [0, 1, 2].map((j) => secularRoot(pole, j));
  expect(found.map(({ root }, j) => root < (pole[j]! + pole[j + 1]!) / 2)).toEqual([
    true,
    false,
    false,
  ]);
  expect(found.map((f) => f.evaluations)).toEqual([7, 6, 8]);
});

test.each(distributions())("a root of the secular equation costs a few evaluations: %s", (_, p) => {
  const pole = p.filter((v) => v > 0).sort();
  for (let j = 0; j + 1 < pole.length; j++) {
    const { root, evaluations } = secularRoot(pole, j);
    // Newton's method squares the error relative to the gap, so log2 of the bits to be found, after a few steps that
    // come near; the last evaluation only confirms, one more chooses the side.
    const gap = pole[j + 1]! - pole[j]!;
    if (gap === 0) {
      expect({ root, evaluations }).toEqual({ root: pole[j], evaluations: 0 });
      continue;
    }
    const distance = Math.max(Math.min(root - pole[j]!, pole[j + 1]! - root), u * root);
    const bits = 53 + Math.log2(gap / distance);
    expect(evaluations).toBeLessThanOrEqual(Math.log2(bits) + 6);
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

test("in place, each row is read before it is overwritten", () => {
  const p = fromRows([
    [0.25, 0.75],
    [0.5, 0.5],
    [0.75, 0.25],
  ]);
  const v = fromRows([
    [4, 8],
    [2, 6],
    [8, 16],
  ]);
  softmaxCovarianceApplyRows(p, v, v);
  // p_1 p_2 (v_1 - v_2) and its negative: exact in these numbers.
  expect([...v.data]).toEqual([-0.75, 0.75, -1, 1, -1.5, 1.5]);
});

test("a masked class takes no part, though its difference to the others overflows", () => {
  const v = Float64Array.of(-1.7e308, -1.7e308, 1.7e308);
  expect([...softmaxCovariance([0.5, 0.5, 0]).apply(v)]).toEqual([0, 0, 0]);
});

test("what the sum lacks is made good: Q = diag(p) - p p^T / sum(p)", () => {
  // Sum 1 + 2^-10: within the slack, and far from one in roundings.
  const p = [0.25, 0.75 + 2 ** -10];
  const sum = 1 + 2 ** -10;
  const v = Float64Array.of(3, -1);
  // Of two classes: p_1 p_2 / sum times the difference, and its square.
  const want = ((p[0]! * p[1]!) / sum) * 4;
  const [first, second] = softmaxCovariance(p).apply(v);
  expect(Math.abs(first! / want - 1)).toBeLessThanOrEqual(10 * u);
  expect(Math.abs(second! / -want - 1)).toBeLessThanOrEqual(10 * u);
  expect(Math.abs(softmaxVariance(p, v) / (4 * want) - 1)).toBeLessThanOrEqual(10 * u);
});

test("the factor eliminates the most probable class first", () => {
  expect([...softmaxCovarianceFactor([0.125, 0, 0.5, 0.25, 0.125]).order]).toEqual([2, 3, 0, 4]);
});

test("operators say that they are symmetric and positive semidefinite", () => {
  const tags = { symmetric: true, psd: true };
  expect(softmaxCovariance([0.5, 0.5]).tags).toEqual(tags);
  expect(softmaxCovariancePseudoInverse([0.5, 0.5]).tags).toEqual(tags);
});

test("bad arguments", () => {
  expect(() => softmaxCovariance([])).toThrow("probabilities has no classes");
  expect(() => softmaxCovariance([0.5, 0.4])).toThrow("probabilities sums to 0.9, expected 1");
  expect(() => softmaxCovariance([1.5, -0.5])).toThrow("probabilities[1] = -0.5");
  expect(() => softmaxCovariance([NaN, 1])).toThrow("probabilities[0] = NaN");
  expect(() => softmaxCovariancePseudoInverse([1, 5e-324])).toThrow("no finite reciprocal");
  expect(() => softmaxCovariance([1, 0]).apply(new Float64Array(3))).toThrow("x has length 3");
  expect(() => softmaxVariance([1, 0], [0, Infinity])).toThrow("values[1] = Infinity");
  expect(() => softmaxCovariance([Infinity, 0])).toThrow("probabilities[0] = Infinity");
  for (const f of [
    softmaxCovarianceEigenvalues,
    softmaxCovarianceFactor,
    softmaxCovariancePseudoInverse,
    (p: number[]) => softmaxVariance(p, [0, 0]),
  ]) {
    expect(() => f([1.5, -0.5])).toThrow("probabilities[1] = -0.5");
  }
  expect(() => softmaxVariance([1, 0], [0])).toThrow("values has length 1");
});

test("bad lengths are named", () => {
  const [one, two, three] = [1, 2, 3].map((n) => new Float64Array(n));
  for (const operator of [
    softmaxCovariance([0.5, 0.5]),
    softmaxCovariancePseudoInverse([0.5, 0.5]),
  ]) {
    expect(() => operator.apply(three!)).toThrow("x has length 3");
    expect(() => operator.apply(two!, three)).toThrow("out has length 3");
  }
  const factor = softmaxCovarianceFactor([0.5, 0.5]);
  expect(() => factor.apply(two!)).toThrow("x has length 2");
  expect(() => factor.apply(one!, three)).toThrow("out has length 3");
  expect(() => factor.applyTranspose(one!)).toThrow("y has length 1");
  expect(() => factor.applyTranspose(two!, two)).toThrow("out has length 2");
  expect(() => softmaxCovarianceEigenvalues([0.5, 0.5], three)).toThrow("out has length 3");
  const rows = fromRows([[0.5, 0.5]]);
  const wide = fromRows([[0.5, 0.5, 0]]);
  const torn: Dense = { ...rows, data: three! };
  expect(() => softmaxCovarianceApplyRows(torn, rows)).toThrow("probabilities");
  expect(() => softmaxCovarianceApplyRows(rows, wide)).toThrow("vectors is 1 x 3");
  expect(() => softmaxCovarianceApplyRows(rows, rows, wide)).toThrow("out is 1 x 3");
  const bad = fromRows([
    [0.5, 0.5],
    [0.5, -0.5],
  ]);
  expect(() => softmaxCovarianceApplyRows(bad, bad)).toThrow("probabilities row 1[1] = -0.5");
});
