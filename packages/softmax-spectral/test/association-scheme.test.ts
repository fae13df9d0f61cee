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

const schemes: [string, () => AssociationScheme][] = [
  ["H(1, 2)", () => hammingScheme(1, 2)],
  ["H(3, 2)", () => hammingScheme(3, 2)],
  ["H(4, 2)", () => hammingScheme(4, 2)],
  ["H(2, 3)", () => hammingScheme(2, 3)],
  ["H(3, 3)", () => hammingScheme(3, 3)],
  ["H(1, 7)", () => hammingScheme(1, 7)],
  ["J(5, 2)", () => johnsonScheme(5, 2)],
  ["J(6, 3)", () => johnsonScheme(6, 3)],
  ["J(7, 5)", () => johnsonScheme(7, 5)],
  ["J(4, 0)", () => johnsonScheme(4, 0)],
  ["J(6, 6)", () => johnsonScheme(6, 6)],
  ...[1, 2, 3, 4, 5, 8, 11, 12].map((n): [string, () => AssociationScheme] => [
    `cycle of ${n}`,
    () => cycleScheme(n),
  ]),
  ["Petersen", petersenScheme],
];

function largest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let m = 0;
  for (let i = 0; i < a.length; i++) m = Math.max(m, Math.abs(a[i]! - b[i]!));
  return m;
}

describe.each(schemes)("%s", (name, make) => {
  test("satisfies the axioms by counting, with these valencies and intersection numbers", () => {
    const scheme = make();
    const { rank, pointCount: n, valencies } = scheme;
    expect(scheme.name).toBe(name);
    const checked = isAssociationScheme(n, scheme.relation);
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
    const scheme = make();
    const { rank, pointCount: n, valencies, multiplicities } = scheme;
    const product = multiply(scheme.eigenmatrix, scheme.dualEigenmatrix);
    const want = identity(rank).data.map((v) => v * n);
    expect(largest(product.data, want)).toBeLessThanOrEqual(8 * rank * u * n * n);
    expect(multiplicities.reduce((a, b) => a + b, 0)).toBe(n);
    expect([...scheme.eigenmatrix.data.subarray(0, rank)]).toEqual([...valencies]);
    expect(multiplicities).not.toBe(valencies);
    const counted = associationScheme(n, scheme.relation);
    expect(counted.deficits.data.every((v) => v >= 0)).toBe(true);
    // Rows as multisets: the eigenspaces of the closed forms have their own order.
    const rows = (s: AssociationScheme): number[][] =>
      Array.from({ length: rank }, (_, j) => [
        s.multiplicities[j]!,
        ...s.eigenmatrix.data.subarray(j * rank, (j + 1) * rank),
        ...s.deficits.data.subarray(j * rank, (j + 1) * rank),
      ]);
    const left = rows(counted);
    for (const row of rows(scheme)) {
      const at = left.findIndex((r) => largest(r, row) <= 64 * rank * u * n);
      expect(at, `row ${row.join(" ")}`).toBeGreaterThanOrEqual(0);
      left.splice(at, 1);
    }
  });

  test("eigenvalues with multiplicity against QL on the dense matrix", () => {
    const scheme = make();
    const { rank, pointCount: n, multiplicities } = scheme;
    const z = schemeMatrix(scheme, new SeededRandom(n).normals(rank));
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
    const scheme = make();
    const { rank, pointCount: n } = scheme;
    const random = new SeededRandom(n + 1);
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
  expect(isAssociationScheme(2, () => 1).reason).toBe("(0, 0) has relation 1");
  expect(isAssociationScheme(3, (x, y) => (x === y ? 0 : x === 1 ? 2 : 1)).reason).toBe(
    "(1, 0) has relation 2, (0, 1) has 1",
  );
  expect(isAssociationScheme(3, (x, y) => (x === y ? 0 : x === 2 && y === 1 ? 2 : 1)).reason).toBe(
    "(2, 1) has relation 2, (1, 2) has 1",
  );
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

test("eigenspaces of a counted scheme are in descending order of relation 1, the trivial one first", () => {
  const petersen = petersenScheme();
  const counted = associationScheme(10, petersen.relation);
  expect(counted.name).toBe("scheme on 10 points");
  expect([...counted.multiplicities]).toEqual([...petersen.multiplicities]);
  expect(largest(counted.eigenmatrix.data, petersen.eigenmatrix.data)).toBeLessThanOrEqual(640 * u);
  // The complement: relation 1 now has eigenvalues 6, -2, 1, of which the second is last.
  const order = [0, 2, 1];
  const complement = associationScheme(10, (x, y) => order[petersen.relation(x, y)]!);
  expect(complement.eigenmatrix.data.filter((_, e) => e % 3 === 1).map(Math.round)).toEqual(
    Float64Array.of(6, 1, -2),
  );
});

test("a quarter turn of the cycle is exactly 0", () => {
  const { eigenmatrix } = cycleScheme(8);
  for (const j of [1, 3]) expect(eigenmatrix.data[j * 5 + 2]).toBe(0);
});

test("deficits of the cycle keep relative accuracy", () => {
  const n = 400;
  const { deficits, rank } = cycleScheme(n);
  // 2 (1 - cos x) by its series, x = 2 pi / n: the next term is x^8 / 20160, below 1e-16 of the first.
  const x = (2 * Math.PI) / n;
  const want = x ** 2 - x ** 4 / 12 + x ** 6 / 360;
  expect(Math.abs(deficits.data[rank + 1]! / want - 1)).toBeLessThanOrEqual(10 * u);
});

test("as many points as a double can count", () => {
  expect(hammingScheme(1, 2 ** 53 - 1).pointCount).toBe(2 ** 53 - 1);
  expect(() => hammingScheme(1, 2 ** 53)).toThrow("q = 9007199254740992");
  expect(() => hammingScheme(40, 3)).toThrow("H(40, 3) has 12157665459056928801 points");
  expect(() => johnsonScheme(64, 32)).toThrow("J(64, 32) has");
});

test("intersection numbers beyond the doubles are refused", () => {
  const scheme = hammingScheme(4, 2 ** 13);
  // Words that differ in all letters from a given one: (q - 1)^4, about 2^52.
  expect(() => intersectionNumber(scheme, 4, 4, 0)).toThrow("too large for doubles");
  expect(intersectionNumber(scheme, 3, 3, 0)).toBe(4 * 8191 ** 3);
});

test("arguments of the schemes are named", () => {
  expect(() => hammingScheme(53, 2)).toThrow("d = 53");
  expect(() => hammingScheme(3, 1)).toThrow("q = 1");
  expect(() => johnsonScheme(0, 0)).toThrow("n = 0");
  expect(() => johnsonScheme(5, 6)).toThrow("k = 6, expected an integer in 0..5");
  expect(() => johnsonScheme(200, 100)).toThrow("min(k, n - k) = 100");
  expect(() => cycleScheme(0)).toThrow("n = 0");
});

test.each([
  ["Hamming", () => hammingScheme(2, 3), 9],
  ["Johnson", () => johnsonScheme(5, 2), 10],
  ["cycle", () => cycleScheme(7), 7],
])("points of a scheme are named: %s", (_, make, n) => {
  const scheme = make();
  expect(() => scheme.relation(n, 0)).toThrow(`x = ${n}, expected an integer in 0..${n - 1}`);
  expect(() => scheme.relation(0, -1)).toThrow(`y = -1, expected an integer in 0..${n - 1}`);
});

test("arguments of the intersection number are named", () => {
  const petersen = petersenScheme();
  expect(() => intersectionNumber(petersen, 3, 0, 0)).toThrow("i = 3, expected an integer in 0..2");
  expect(() => intersectionNumber(petersen, 0, 3, 0)).toThrow("j = 3, expected an integer in 0..2");
  expect(() => intersectionNumber(petersen, 0, 0, 3)).toThrow("h = 3, expected an integer in 0..2");
});

test("arguments of the check are named", () => {
  expect(() => isAssociationScheme(0, () => 0)).toThrow("pointCount = 0");
  expect(() => isAssociationScheme(2, () => 0.5)).toThrow("relation(0, 0) = 0.5");
  expect(() => isAssociationScheme(2, () => 2)).toThrow(
    "relation(0, 0) = 2, expected an integer in 0..1",
  );
});

test("arguments of matrices are named", () => {
  const petersen = petersenScheme();
  const short = new Float64Array(2);
  const bad = Float64Array.of(0, NaN, 0);
  expect(() => schemeMatrix(petersen, short)).toThrow("values has length 2");
  expect(() => schemeMatrix(petersen, bad)).toThrow("values[1] = NaN");
  expect(() => schemeMatrixFromSpectrum(petersen, short)).toThrow("spectrum has length 2");
  expect(() => schemeMatrixFromSpectrum(petersen, bad)).toThrow("spectrum[1] = NaN");
  expect(() => schemeSoftmax({ scheme: petersen, values: short })).toThrow("values has length 2");
  expect(() => schemeSoftmax({ scheme: petersen, values: bad })).toThrow("values[1] = NaN");
  const z = schemeMatrix(petersen, new Float64Array(3));
  expect(() => schemeSoftmax(z, short)).toThrow("out has length 2");
  expect(() => schemeMatrixToDense(schemeMatrix(hammingScheme(1, 2 ** 15), short))).toThrow(
    "pointCount = 32768",
  );
});

test("schemes that differ in name or in size are not mixed", () => {
  const zero = (scheme: AssociationScheme) => schemeMatrix(scheme, new Float64Array(scheme.rank));
  const petersen = zero(petersenScheme());
  expect(() => multiplySchemeMatrices(petersen, zero(johnsonScheme(5, 2)))).toThrow(
    "schemes differ: Petersen and J(5, 2)",
  );
  const complete = (n: number): AssociationScheme =>
    associationScheme(n, (x, y) => (x === y ? 0 : 1), "complete");
  expect(() => multiplySchemeMatrices(zero(complete(3)), zero(complete(4)))).toThrow(
    "schemes differ: complete and complete",
  );
});

test("intersection numbers of 2^50 words", () => {
  const scheme = hammingScheme(50, 2);
  expect(() => intersectionNumber(scheme, 25, 25, 50)).toThrow("too large for doubles");
  // C(20, 10) C(30, 15) words, exactly.
  expect(intersectionNumber(scheme, 25, 25, 20)).toBe(184756 * 155117520);
  // Weight 1 twice: the two words between two at distance 2.
  expect(intersectionNumber(scheme, 1, 1, 2)).toBe(2);
});
