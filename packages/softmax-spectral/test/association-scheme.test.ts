import { dense, identity, multiply, SeededRandom, symmetricEigen } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import {
  type AssociationScheme,
  associationScheme,
  cycleScheme,
  evenEigenvalues,
  groupMatrix,
  groupSoftmax,
  hammingScheme,
  intersectionNumber,
  isAssociationScheme,
  johnsonScheme,
  multiplySchemeMatrices,
  petersenScheme,
  schemeEigenvalues,
  schemeMatrix,
  schemeMatrixFromSpectrum,
  schemeMatrixToDense,
  schemeSoftmax,
  schemeSoftmaxGaps,
  softmaxEigenvalueGaps,
  softmaxRows,
} from "../src/index.js";

const u = 2 ** -53;

const schemes: AssociationScheme[] = [
  hammingScheme(1, 2),
  hammingScheme(3, 2),
  hammingScheme(4, 2),
  hammingScheme(2, 3),
  hammingScheme(3, 3),
  hammingScheme(1, 7),
  johnsonScheme(5, 2),
  johnsonScheme(6, 3),
  johnsonScheme(7, 5),
  johnsonScheme(4, 0),
  johnsonScheme(6, 6),
  ...[1, 2, 3, 4, 5, 8, 11, 12].map((n) => cycleScheme(n)),
  petersenScheme(),
];

function largest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let m = 0;
  for (let i = 0; i < a.length; i++) m = Math.max(m, Math.abs(a[i]! - b[i]!));
  return m;
}

describe.each(schemes.map((s) => [s.name, s] as const))("%s", (_, scheme) => {
  const { rank, pointCount: n, valencies, multiplicities } = scheme;
  const random = new SeededRandom(n);
  const checked = isAssociationScheme(n, scheme.relation);

  test("satisfies the axioms by counting, with these valencies and intersection numbers", () => {
    expect(checked.reason).toBe(undefined);
    expect(checked.rank).toBe(rank);
    expect(checked.valencies).toEqual(valencies);
    const numbers: number[] = [];
    for (let h = 0; h < rank; h++) {
      for (let i = 0; i < rank; i++) {
        for (let j = 0; j < rank; j++) numbers.push(intersectionNumber(scheme, i, j, h));
      }
    }
    expect(numbers).toEqual([...checked.intersectionNumbers]);
  });

  test("eigenmatrices: P Q = n I, rows and columns add up, against the counted scheme", () => {
    const product = multiply(scheme.eigenmatrix, scheme.dualEigenmatrix);
    const want = identity(rank).data.map((v) => v * n);
    expect(largest(product.data, want)).toBeLessThanOrEqual(8 * rank * u * n * n);
    expect(multiplicities.reduce((a, b) => a + b, 0)).toBe(n);
    expect([...scheme.eigenmatrix.data.subarray(0, rank)]).toEqual([...valencies]);
    const counted = associationScheme(n, scheme.relation);
    // Rows as multisets: the eigenspaces of the closed forms have their own order.
    const rows = (s: AssociationScheme): number[][] =>
      Array.from({ length: rank }, (_, j) => [
        s.multiplicities[j]!,
        ...s.eigenmatrix.data.subarray(j * rank, (j + 1) * rank),
      ]);
    const left = rows(counted);
    for (const row of rows(scheme)) {
      const at = left.findIndex((r) => largest(r, row) <= 64 * rank * u * n);
      expect(at, `row ${row.join(" ")}`).toBeGreaterThanOrEqual(0);
      left.splice(at, 1);
    }
  });

  test("eigenvalues with multiplicity against QL on the dense matrix", () => {
    const z = schemeMatrix(scheme, random.normals(rank));
    const found = [...schemeEigenvalues(z)]
      .flatMap((v, j) => new Array<number>(multiplicities[j]!).fill(v))
      .sort((a, b) => a - b);
    const want = symmetricEigen(schemeMatrixToDense(z)).values;
    const size = Math.max(...want.map(Math.abs));
    expect(largest(found, want)).toBeLessThanOrEqual(20 * n * u * size);
    const back = schemeMatrixFromSpectrum(scheme, schemeEigenvalues(z));
    expect(largest(back.values, z.values)).toBeLessThanOrEqual(20 * n * u * size);
  });

  test("product and softmax against the dense matrices", () => {
    const a = schemeMatrix(scheme, random.normals(rank, 2));
    const b = schemeMatrix(scheme, random.normals(rank, 2));
    const [x, y] = [schemeMatrixToDense(a), schemeMatrixToDense(b)];
    const norm = (m: typeof x): number => Math.hypot(...m.data);
    const product = schemeMatrixToDense(multiplySchemeMatrices(a, b));
    expect(largest(product.data, multiply(x, y).data)).toBeLessThanOrEqual(
      20 * rank * u * norm(x) * norm(y),
    );
    // Symmetric: the row softmax is the transpose of the column softmax.
    const p = schemeSoftmax(a);
    expect(largest(schemeMatrixToDense(p).data, softmaxRows(x).data)).toBeLessThanOrEqual(
      (n + 20) * u,
    );
    const phat = schemeEigenvalues(p);
    const gaps = schemeSoftmaxGaps(a);
    expect(gaps[0]).toBe(0);
    for (let j = 0; j < rank; j++) {
      expect(Math.abs(gaps[j]! - (1 - phat[j]!))).toBeLessThanOrEqual(8 * (rank + n) * u);
    }
  });
});

test("known eigenmatrices", () => {
  expect([...petersenScheme().eigenmatrix.data]).toEqual([1, 3, 6, 1, 1, -2, 1, -2, 1]);
  expect([...petersenScheme().multiplicities]).toEqual([1, 5, 4]);
  expect([...johnsonScheme(6, 3).eigenmatrix.data]).toEqual([
    1, 9, 9, 1, 1, 3, -3, -1, 1, -1, -1, 1, 1, -3, 3, -1,
  ]);
  expect([...hammingScheme(3, 2).eigenmatrix.data]).toEqual([
    1, 3, 3, 1, 1, 1, -1, -1, 1, -1, -1, 1, 1, -3, 3, -1,
  ]);
});

test("H(m, 2) is the xor group with a symbol of the weight, and C_n the cyclic group", () => {
  const random = new SeededRandom(3);
  const m = 8;
  const k = 2 ** m;
  const weight = (g: number): number => hammingScheme(m, 2).relation(0, g);
  const z = schemeMatrix(hammingScheme(m, 2), random.normals(m + 1, 3));
  const zeta = Float64Array.from({ length: k }, (_, g) => z.values[weight(g)]!);
  const group = new Array<number>(m).fill(2);
  const bySize = schemeSoftmaxGaps(z);
  const byGroup = softmaxEigenvalueGaps(group, zeta);
  for (let c = 0; c < k; c++) {
    // Both are sums of terms >= 0, of k and of m + 1 terms.
    const want = bySize[weight(c)]!;
    expect(Math.abs(byGroup[c]! - want)).toBeLessThanOrEqual((k + 60) * u * want);
  }
  for (const n of [9, 10]) {
    const cycle = cycleScheme(n);
    const s = schemeMatrix(cycle, random.normals(cycle.rank));
    const symbol = Float64Array.from({ length: n }, (_, g) => s.values[cycle.relation(0, g)]!);
    const phat = schemeEigenvalues(schemeSoftmax(s));
    const want = evenEigenvalues(groupSoftmax(groupMatrix([n], symbol)));
    for (let c = 0; c < n; c++) {
      expect(Math.abs(want[c]! - phat[cycle.relation(0, c)]!)).toBeLessThanOrEqual(40 * n * u);
    }
  }
});

test("2^50 classes at the cost of 51 numbers", () => {
  const scheme = hammingScheme(50, 2);
  // Margin 100: 1 - pi_0 is about 2^50 e^-100, and the gap of weight j is 2 sum over odd overlaps.
  const values = new Float64Array(51);
  values[0] = 100;
  const gaps = schemeSoftmaxGaps(schemeMatrix(scheme, values));
  const k = 2 ** 50;
  const want = k / (Math.exp(100) + k - 1);
  for (let j = 1; j <= 50; j++) {
    // exp(100) carries 100 u; the deficits are exact up to 2^53 and rounded once beyond.
    expect(Math.abs(gaps[j]! - want)).toBeLessThanOrEqual((100 + 200) * u * want);
  }
});

test("what is no scheme is told apart", () => {
  // The path 0 - 1 - 2 - 3 by distance: end points have one neighbour, inner ones two.
  const path = (x: number, y: number): number => Math.abs(x - y);
  expect(isAssociationScheme(4, path).reason).toBe("p^1_1,2 is 0 for one pair and 1 for (1, 0)");
  expect(() => associationScheme(4, path)).toThrow("relation is no symmetric association scheme");
  expect(isAssociationScheme(2, (x, y) => (x < y ? 1 : 0)).reason).toBe(
    "(1, 0) has relation 0, (0, 1) has 1",
  );
  expect(isAssociationScheme(2, () => 0).reason).toBe("(1, 0) has relation 0");
  expect(isAssociationScheme(3, (x, y) => (x === y ? 0 : 2)).reason).toBe(
    "relation 1 does not occur",
  );
  // The directed triangle is a scheme, but not a symmetric one.
  expect(isAssociationScheme(3, (x, y) => (x - y + 3) % 3).reason).toBe(
    "(1, 0) has relation 1, (0, 1) has 2",
  );
});

test("closure is what the softmax needs: on the path it leaves the class", () => {
  // Distances on the path of 4: the column softmax of a function of the distance is not one.
  const z = dense(4, 4);
  for (let x = 0; x < 4; x++) for (let y = 0; y < 4; y++) z.data[x * 4 + y] = -Math.abs(x - y);
  const p = softmaxRows(z);
  // End rows sum 1 + e + e^2 + e^3, inner ones e + 1 + e + e^2, e = exp(-1).
  const e = Math.exp(-1);
  const want = e / (1 + e + e ** 2 + e ** 3) - e / (1 + 2 * e + e ** 2);
  expect(want).toBeGreaterThan(0.04);
  expect(Math.abs(p.data[1]! - p.data[4]! - want)).toBeLessThanOrEqual(8 * u);
});

test("bad arguments", () => {
  const petersen = petersenScheme();
  expect(() => hammingScheme(53, 2)).toThrow("d = 53");
  expect(() => hammingScheme(40, 3)).toThrow("points, expected at most 2^53 - 1");
  expect(() => hammingScheme(3, 1)).toThrow("q = 1");
  expect(() => johnsonScheme(5, 6)).toThrow("k = 6, expected an integer in 0..5");
  expect(() => cycleScheme(0)).toThrow("n = 0");
  expect(() => petersen.relation(0, 10)).toThrow("y = 10, expected an integer in 0..9");
  expect(() => schemeMatrix(petersen, new Float64Array(2))).toThrow("values has length 2");
  expect(() => schemeMatrix(petersen, Float64Array.of(0, NaN, 0))).toThrow("values[1] = NaN");
  expect(() => intersectionNumber(petersen, 0, 3, 0)).toThrow("j = 3");
  expect(() => intersectionNumber(hammingScheme(50, 2), 25, 25, 50)).toThrow(
    "too large for doubles",
  );
  // C(20, 10) C(30, 15) words, exactly.
  expect(intersectionNumber(hammingScheme(50, 2), 25, 25, 20)).toBe(184756 * 155117520);
  // Weight 1 twice: the two words between two at distance 2.
  expect(intersectionNumber(hammingScheme(50, 2), 1, 1, 2)).toBe(2);
  expect(() => isAssociationScheme(2, () => 0.5)).toThrow("relation(0, 0) = 0.5");
  expect(() =>
    multiplySchemeMatrices(
      schemeMatrix(petersen, new Float64Array(3)),
      schemeMatrix(johnsonScheme(5, 2), new Float64Array(3)),
    ),
  ).toThrow("schemes differ: Petersen and J(5, 2)");
});
