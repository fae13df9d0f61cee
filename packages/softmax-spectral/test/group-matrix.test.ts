import {
  copyDense,
  type Dense,
  identity,
  multiply,
  multiplyTransposeB,
  operatorToDense,
  paleyHadamard,
  planGroupTransform,
  SeededRandom,
  sylvesterHadamard,
  transpose,
  transposeOperator,
} from "@xent/linalg";
import { describe, expect, test } from "vitest";
import {
  abelianGroups,
  defaultGroup,
  evenEigenvalues,
  groupEigenbasis,
  groupEigenvalues,
  groupMatrix,
  groupMatrixFromSpectrum,
  groupMatrixToDense,
  groupOperator,
  groupSoftmax,
  isEvenSymbol,
  isGroupStructured,
  multiplyGroupMatrices,
  softmaxRows,
  transposeGroupMatrix,
} from "../src/index.js";

const u = 2 ** -53;

function largestDifference(a: Dense, b: Dense): number {
  expect([a.rows, a.cols]).toEqual([b.rows, b.cols]);
  return a.data.reduce((m, v, i) => Math.max(m, Math.abs(v - b.data[i]!)), 0);
}

/** Column softmax through the dense matrix. */
function columnSoftmax(z: Dense): Dense {
  return transpose(softmaxRows(transpose(z)));
}

/** Largest off-diagonal entry of Phi^T P Phi. */
function offDiagonal(phi: Dense, p: Dense): number {
  const m = multiply(transpose(phi), multiply(p, phi));
  let largest = 0;
  for (let i = 0; i < m.rows; i++) {
    for (let j = 0; j < m.cols; j++) {
      if (i !== j) largest = Math.max(largest, Math.abs(m.data[i * m.cols + j]!));
    }
  }
  return largest;
}

/** Phi diag(s) Phi^T. */
function fromSpectrum(phi: Dense, s: ArrayLike<number>): Dense {
  const scaled = copyDense(phi);
  for (let i = 0; i < phi.rows; i++) {
    for (let c = 0; c < phi.cols; c++) scaled.data[i * phi.cols + c]! *= s[c]!;
  }
  return multiplyTransposeB(scaled, phi);
}

test("abelian groups of each order, by the partition numbers", () => {
  const counts = Array.from({ length: 16 }, (_, i) => abelianGroups(i + 1).length);
  expect(counts).toEqual([1, 1, 1, 2, 1, 1, 1, 3, 2, 1, 1, 2, 1, 1, 1, 5]);
  expect(abelianGroups(64)).toHaveLength(11);
  expect(abelianGroups(72)).toEqual([
    [8, 9],
    [8, 3, 3],
    [4, 2, 9],
    [4, 2, 3, 3],
    [2, 2, 2, 9],
    [2, 2, 2, 3, 3],
  ]);
  expect(defaultGroup(1)).toEqual([]);
  expect(defaultGroup(8)).toEqual([2, 2, 2]);
  expect(defaultGroup(10)).toEqual([10]);
});

describe.each([[[]], [[2]], [[7]], [[2, 2, 2]], [[2, 5]], [[3, 4]], [[4, 3, 2]], [[3, 3]]])(
  "group %j",
  (orders: number[]) => {
    const random = new SeededRandom(11);
    const group = planGroupTransform(orders);
    const k = group.size;
    const a = groupMatrix(group, random.normals(k));
    const b = groupMatrix(group, random.normals(k));
    const digits = (i: number): number[] => {
      const out: number[] = [];
      let left = i;
      for (const n of [...orders].reverse()) {
        out.unshift(left % n);
        left = Math.floor(left / n);
      }
      return out;
    };
    // Sums of at most k products of numbers of size about one, through transforms.
    const rounding = 64 * u * k;

    test("entries depend on i - j, digit by digit", () => {
      const z = groupMatrixToDense(a);
      for (let i = 0; i < k; i++) {
        for (let j = 0; j < k; j++) {
          const x = digits(i);
          const y = digits(j);
          const g = orders.reduce((index, n, f) => index * n + ((x[f]! - y[f]! + n) % n), 0);
          expect(z.data[i * k + j]).toBe(a.symbol[g]);
        }
      }
    });

    test("characters are eigenvectors", () => {
      const z = groupMatrixToDense(a);
      const { re, im } = groupEigenvalues(a);
      for (let c = 0; c < k; c++) {
        const angle = (j: number): number =>
          2 *
          Math.PI *
          digits(c).reduce(
            (s, digit, f) => s + ((digit * digits(j)[f]!) % orders[f]!) / orders[f]!,
            0,
          );
        for (let i = 0; i < k; i++) {
          let zr = 0;
          let zi = 0;
          for (let j = 0; j < k; j++) {
            zr += z.data[i * k + j]! * Math.cos(angle(j));
            zi += z.data[i * k + j]! * Math.sin(angle(j));
          }
          const x = Math.cos(angle(i));
          const y = Math.sin(angle(i));
          expect(Math.abs(zr - (re[c]! * x - im[c]! * y))).toBeLessThanOrEqual(rounding);
          expect(Math.abs(zi - (re[c]! * y + im[c]! * x))).toBeLessThanOrEqual(rounding);
        }
      }
    });

    test("product, transpose, softmax and operator against the dense matrices", () => {
      const [x, y] = [groupMatrixToDense(a), groupMatrixToDense(b)];
      const product = groupMatrixToDense(multiplyGroupMatrices(a, b));
      expect(largestDifference(product, multiply(x, y))).toBeLessThanOrEqual(rounding);
      expect(groupMatrixToDense(transposeGroupMatrix(a))).toEqual(transpose(x));
      const p = groupMatrixToDense(groupSoftmax(a));
      expect(largestDifference(p, columnSoftmax(x))).toBeLessThanOrEqual(2 * k * u);
      // Rows hold the same logits: the row softmax is the same matrix.
      expect(largestDifference(p, softmaxRows(x))).toBeLessThanOrEqual(2 * k * u);
      const operator = groupOperator(a);
      expect(largestDifference(operatorToDense(operator), x)).toBeLessThanOrEqual(rounding);
      expect(
        largestDifference(operatorToDense(transposeOperator(operator)), transpose(x)),
      ).toBeLessThanOrEqual(rounding);
    });

    test("a real orthonormal basis diagonalises every even matrix and its softmax", () => {
      const phi = groupEigenbasis(group);
      const even = a.symbol.map((v, g) => v + a.symbol[group.negation[g]!]!);
      const matrix = groupMatrix(group, even);
      expect(isEvenSymbol(matrix)).toBe(true);
      expect(largestDifference(multiplyTransposeB(phi, phi), identity(k))).toBeLessThanOrEqual(
        rounding,
      );
      for (const m of [matrix, groupSoftmax(matrix)]) {
        const rebuilt = fromSpectrum(phi, evenEigenvalues(m));
        expect(largestDifference(rebuilt, groupMatrixToDense(m))).toBeLessThanOrEqual(rounding);
      }
      const back = groupMatrixFromSpectrum(group, evenEigenvalues(matrix));
      expect(Math.max(...back.symbol.map((v, g) => Math.abs(v - even[g]!)))).toBeLessThanOrEqual(
        rounding,
      );
    });

    test("isGroupStructured: zero for its own, and the distance of a perturbation", () => {
      const x = groupMatrixToDense(a);
      const own = isGroupStructured(x, group);
      expect(own.structured).toBe(true);
      expect(own.relativeDistance).toBeLessThanOrEqual(4 * k * u);
      if (k === 1) return;
      // Orthogonal to the class: +1 and -1 on two entries of one orbit (the diagonal).
      x.data[0]! += 0.5;
      x.data[k + 1]! -= 0.5;
      const moved = isGroupStructured(x, group);
      expect(moved.structured).toBe(false);
      expect(Math.abs(moved.distance - Math.SQRT1_2)).toBeLessThanOrEqual(rounding);
      const nearest = moved.nearest.symbol;
      expect(Math.max(...nearest.map((v, g) => Math.abs(v - a.symbol[g]!)))).toBeLessThanOrEqual(
        rounding,
      );
    });
  },
);

test("the xor group's basis is the Sylvester Hadamard matrix over sqrt k", () => {
  const phi = groupEigenbasis([2, 2, 2, 2]);
  expect([...phi.data]).toEqual([...sylvesterHadamard(16).data].map((v) => v / 4));
});

describe("what breaks the structure", () => {
  const random = new SeededRandom(2);

  test("a Paley matrix of order 12 is no basis of a group: the softmax leaves its class", () => {
    const h = paleyHadamard(12);
    const phi: Dense = { ...h, data: h.data.map((v) => v / Math.sqrt(12)) };
    const z = fromSpectrum(phi, random.normals(12, 3));
    expect(offDiagonal(phi, z)).toBeLessThan(1e-14);
    expect(offDiagonal(phi, columnSoftmax(z))).toBeGreaterThan(1e-3);
  });

  test("flipping the sign of a row (class) breaks it, of a column (mode) does not", () => {
    const phi = groupEigenbasis([2, 2, 2]);
    const s = random.normals(8, 3);
    const columnFlipped = copyDense(phi);
    const rowFlipped = copyDense(phi);
    for (let i = 0; i < 8; i++) {
      columnFlipped.data[i * 8 + 3]! *= -1;
      rowFlipped.data[3 * 8 + i]! *= -1;
    }
    const p = (basis: Dense): Dense => columnSoftmax(fromSpectrum(basis, s));
    expect(offDiagonal(columnFlipped, p(columnFlipped))).toBeLessThan(1e-14);
    expect(offDiagonal(rowFlipped, p(rowFlipped))).toBeGreaterThan(1e-3);
  });

  test("permuting classes keeps a basis of the same kind", () => {
    const phi = groupEigenbasis([10]);
    const order = random.permutation(10);
    const permuted = copyDense(phi);
    for (let i = 0; i < 10; i++) {
      permuted.data.set(phi.data.subarray(order[i]! * 10, order[i]! * 10 + 10), i * 10);
    }
    const s = random.normals(10, 3);
    for (let c = 1; c < 5; c++) s[10 - c] = s[c]!;
    expect(offDiagonal(permuted, columnSoftmax(fromSpectrum(permuted, s)))).toBeLessThan(1e-14);
  });

  test("a spectrum that is not even leaves the group class, and is refused", () => {
    const phi = groupEigenbasis([5]);
    const s = Float64Array.of(0, 1, 2, 3, 4);
    const z = fromSpectrum(phi, s);
    expect(isGroupStructured(z, [5]).relativeDistance).toBeGreaterThan(0.1);
    expect(offDiagonal(phi, columnSoftmax(z))).toBeGreaterThan(1e-3);
    expect(() => groupMatrixFromSpectrum([5], s)).toThrow(
      "spectrum is not even on Z_5: the opposite characters 1 and 4 have 1 and 4",
    );
  });
});

test("even up to 2^-44 of the largest entry, at every scale; masked entries count for nothing", () => {
  const isEven = (orders: number[], symbol: number[]): boolean =>
    isEvenSymbol({ group: planGroupTransform(orders), symbol: Float64Array.from(symbol) });
  for (const scale of [2 ** -900, 1, -1, 2 ** 900]) {
    const scaled = (symbol: number[]): number[] => symbol.map((v) => v * scale);
    expect(isEven([3], scaled([1, 0.25, 0.25 + 2 ** -44]))).toBe(true);
    expect(isEven([3], scaled([1, 0.25, 0.25 + 2 ** -43]))).toBe(false);
    expect(isEven([3], scaled([0.5, 0.25, 0.25 + 2 ** -44]))).toBe(false);
  }
  expect(isEven([5], [0, -Infinity, 1, 1, -Infinity])).toBe(true);
  expect(isEven([5], [0, -Infinity, 1, 1 + 2 ** -40, -Infinity])).toBe(false);
  expect(isEven([5], [0, -Infinity, 1, 1, 0])).toBe(false);
  expect(() => groupMatrixFromSpectrum([2, 3], Float64Array.of(0, 1, 2, 0, 0, 0))).toThrow(
    "spectrum is not even on Z_2 x Z_3: the opposite characters 1 and 2 have 1 and 2",
  );
});

test("the distance to the structure, at every scale", () => {
  for (const scale of [2 ** -900, 1, 2 ** 900]) {
    // The nearest has 2 on the diagonal and 0 beside it.
    const z: Dense = { rows: 2, cols: 2, data: Float64Array.of(scale, 0, 0, 3 * scale) };
    const found = isGroupStructured(z, [2]);
    expect([...found.nearest.symbol]).toEqual([2 * scale, 0]);
    expect(Math.abs(found.distance / scale - Math.SQRT2)).toBeLessThanOrEqual(4 * u);
    expect(Math.abs(found.relativeDistance - Math.sqrt(0.2))).toBeLessThanOrEqual(4 * u);
    expect(found.structured).toBe(false);
    expect(isGroupStructured(z, [2], { tolerance: 0.45 }).structured).toBe(true);
  }
  expect(isGroupStructured(identity(4), [4], { tolerance: 0 }).structured).toBe(true);
  const zero = isGroupStructured({ ...identity(2), data: new Float64Array(4) }, [2]);
  expect([zero.structured, zero.distance, zero.relativeDistance]).toEqual([true, 0, 0]);
});

test("the operator says whether it is symmetric", () => {
  expect(groupOperator(groupMatrix([3], Float64Array.of(0, 1, 1))).tags).toEqual({
    symmetric: true,
  });
  expect(groupOperator(groupMatrix([3], Float64Array.of(0, 1, 2))).tags).toEqual({
    symmetric: false,
  });
});

test("arguments are named", () => {
  const z = groupMatrix([2, 2], new Float64Array(4));
  const [two, four] = [new Float64Array(2), new Float64Array(4)];
  expect(() => groupMatrixFromSpectrum([4], two)).toThrow("spectrum has length 2");
  expect(() => groupMatrixFromSpectrum([2], Float64Array.of(0, NaN))).toThrow("spectrum[1] = NaN");
  expect(() => groupMatrixToDense(z, identity(2))).toThrow("out is 2 x 2");
  expect(() => groupEigenbasis([4], identity(2))).toThrow("out is 2 x 2");
  expect(() => groupEigenvalues(z, { re: two, im: four })).toThrow("out.re has length 2");
  expect(() => groupEigenvalues(z, { re: four, im: two })).toThrow("out.im has length 2");
  expect(() => evenEigenvalues(groupMatrix([3], Float64Array.of(0, 1, 2)))).toThrow(
    "symbol is not even",
  );
  expect(() => groupOperator(z).apply(two)).toThrow("x has length 2");
  expect(() => groupOperator(z).apply(four, two)).toThrow("out has length 2");
  expect(() => isGroupStructured(fromSpectrum(identity(2), [NaN, 1]), [2])).toThrow(
    "matrix.data[0] = NaN",
  );
  expect(() => multiplyGroupMatrices(z, groupMatrix([2, 2, 2], new Float64Array(8)))).toThrow(
    "groups differ: [2, 2] and [2, 2, 2]",
  );
});

test("group orders are named", () => {
  expect(() => defaultGroup(0)).toThrow("classCount = 0");
  expect(() => abelianGroups(0)).toThrow("order = 0");
});

test("bad arguments", () => {
  expect(() => groupMatrix([4], new Float64Array(3))).toThrow("symbol has length 3, expected 4");
  expect(() => groupMatrix([2], Float64Array.of(0, NaN))).toThrow("symbol[1] = NaN");
  expect(() => groupMatrix([0], new Float64Array(0))).toThrow("orders[0] = 0");
  const a = groupMatrix([4], new Float64Array(4));
  const b = groupMatrix([2, 2], new Float64Array(4));
  expect(() => multiplyGroupMatrices(a, b)).toThrow("groups differ: [4] and [2, 2]");
  expect(() => evenEigenvalues(groupMatrix([3], Float64Array.of(0, 1, 2)))).toThrow(
    "the opposite elements 1 and 2 have 1 and 2",
  );
  expect(() => isGroupStructured(identity(3), [4])).toThrow("matrix is 3 x 3");
});
