import { beforeAll, describe, expect, test } from "vitest";
import {
  createKernelArena,
  exponentials,
  growModes,
  simdCholesky,
  simdGram,
  simdLogSumExpRows,
  simdProduct,
  simdSoftmaxRows,
  simdTop,
  simdWalshHadamard,
  takeResiduals,
  useKernels,
  withKernels,
} from "../src/index.js";

beforeAll(() => {
  useKernels("simd");
});

/** Values in [-1, 1) that fill the mantissa. */
function values(length: number, seed: number): Float64Array {
  let state = seed * 2654435769 + 1;
  const word = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
  return Float64Array.from({ length }, () => (word() + word() * 2 ** -32) * 2 ** -31 - 1);
}

/** Entries that are not the same double: toEqual is slow on long arrays. */
function different(a: Float64Array, b: Float64Array): number {
  if (a.length !== b.length) return Infinity;
  let count = 0;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) count++;
  return count;
}

/** The plain sums in ascending order of k: `start` + a b. */
function naive(m: number, n: number, p: number, a: Float64Array, b: Float64Array): Float64Array {
  const c = new Float64Array(m * p);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < p; j++) {
      let s = 0;
      for (let k = 0; k < n; k++) s += a[i * n + k]! * b[k * p + j]!;
      c[i * p + j] = s;
    }
  }
  return c;
}

function transposed(a: Float64Array, rows: number, cols: number): Float64Array {
  return Float64Array.from(
    { length: a.length },
    (_, e) => a[(e % rows) * cols + ((e / rows) | 0)]!,
  );
}

const SHAPES: [number, number, number][] = [
  [1, 1, 1],
  [3, 5, 2],
  [4, 4, 4],
  [7, 300, 9],
  [130, 3, 261],
  [64, 257, 258],
  [5, 1, 600],
];

describe("matrix product", () => {
  test.each(SHAPES)("%i x %i x %i: every form is the plain sum to the last bit", (m, n, p) => {
    const a = values(m * n, 1);
    const b = values(n * p, 2);
    const expected = naive(m, n, p, a, b);
    const plainA = { data: a, rowStride: n, colStride: 1 };
    const plainB = { data: b, rowStride: p, colStride: 1 };
    const turnedA = { data: transposed(a, m, n), rowStride: 1, colStride: m };
    const turnedB = { data: transposed(b, n, p), rowStride: 1, colStride: n };
    for (const left of [plainA, turnedA]) {
      for (const right of [plainB, turnedB]) {
        const c = new Float64Array(m * p).fill(NaN);
        expect(simdProduct(m, n, p, left, right, c)).toBe(true);
        expect(different(c, expected)).toBe(0);
      }
    }
  });

  test("factors larger than what is copied at a time", () => {
    // 40000 rows of B's transpose do not fit: columns and rows are cut.
    const [m, n, p] = [45, 12000, 50];
    const a = values(m * n, 3);
    const b = values(n * p, 4);
    const expected = naive(m, n, p, a, b);
    const c = new Float64Array(m * p);
    const left = [
      { data: a, rowStride: n, colStride: 1 },
      { data: transposed(a, m, n), rowStride: 1, colStride: m },
    ];
    const right = [
      { data: b, rowStride: p, colStride: 1 },
      { data: transposed(b, n, p), rowStride: 1, colStride: n },
    ];
    for (let form = 0; form < 2; form++) {
      expect(simdProduct(m, n, p, left[form]!, right[form]!, c.fill(NaN))).toBe(true);
      expect(different(c, expected)).toBe(0);
    }
  });

  test("NaN and infinities stay where they belong", () => {
    const a = values(6 * 5, 5);
    const b = values(5 * 7, 6);
    a[2 * 5 + 1] = Infinity;
    b[3 * 7 + 6] = NaN;
    const c = new Float64Array(42);
    simdProduct(
      6,
      5,
      7,
      { data: a, rowStride: 5, colStride: 1 },
      { data: b, rowStride: 7, colStride: 1 },
      c,
    );
    expect(different(c, naive(6, 5, 7, a, b))).toBe(0);
  });

  test.each([
    [1, 1],
    [5, 3],
    [130, 17],
    [260, 300],
  ])("Gram matrix of %i rows of %i", (m, n) => {
    const a = values(m * n, 7);
    const c = new Float64Array(m * m);
    expect(simdGram(m, n, a, c)).toBe(true);
    expect(different(c, naive(m, n, m, a, transposed(a, m, n)))).toBe(0);
  });
});

/** Row by row, every product subtracted in ascending order. */
function naiveCholesky(l: Float64Array, n: number): number {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let s = l[i * n + j]!;
      for (let k = 0; k < j; k++) s -= l[i * n + k]! * l[j * n + k]!;
      if (i === j && !(s > 0)) {
        l[i * n + i] = s;
        return i;
      }
      l[i * n + j] = i === j ? Math.sqrt(s) : s / l[j * n + j]!;
    }
  }
  return -1;
}

const lowerOf = (l: Float64Array, n: number, rows = n): number[] =>
  [...l].filter((_, e) => e % n <= ((e / n) | 0) && ((e / n) | 0) < rows);

describe("Cholesky", () => {
  test.each([1, 2, 7, 8, 63, 64, 65, 72, 129, 200])("order %i, to the last bit", (n) => {
    const x = values(n * n, n);
    const a = naive(n, n, n, x, transposed(x, n, n));
    for (let i = 0; i < n; i++) a[i * n + i]! += 1;
    const expected = a.slice();
    expect(naiveCholesky(expected, n)).toBe(-1);
    expect(simdCholesky(a, n)).toBe(-1);
    expect(lowerOf(a, n)).toEqual(lowerOf(expected, n));
  });

  test.each([
    [5, 0],
    [70, 69],
    [130, 64],
    [130, 100],
  ])("order %i stops at pivot %i", (n, bad) => {
    const a = new Float64Array(n * n);
    for (let i = 0; i < n; i++) a[i * n + i] = i === bad ? -3 : 2 + i;
    for (let i = 1; i < n; i++) a[i * n + i - 1] = 0.5;
    const expected = a.slice();
    expect(naiveCholesky(expected, n)).toBe(bad);
    expect(simdCholesky(a, n)).toBe(bad);
    expect(a[bad * n + bad]).toBe(expected[bad * n + bad]);
  });
});

test("Walsh-Hadamard: the butterflies of ascending levels to the last bit, up to 2^16", () => {
  for (const m of [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16]) {
    const n = 2 ** m;
    const x = values(n, m);
    const expected = x.slice();
    for (let h = 1; h < n; h *= 2) {
      for (let i = 0; i < n; i += 2 * h) {
        for (let j = i; j < i + h; j++) {
          const [a, b] = [expected[j]!, expected[j + h]!];
          expected[j] = a + b;
          expected[j + h] = a - b;
        }
      }
    }
    const scaled = x.slice();
    expect(simdWalshHadamard(x, 1)).toBe(true);
    expect(different(x, expected)).toBe(0);
    // Within a block of 4096 the factor comes last.
    expect(simdWalshHadamard(scaled, 0.3)).toBe(true);
    if (n > 4096) expect(different(scaled, expected)).toBeGreaterThan(0);
    else
      expect(
        different(
          scaled,
          expected.map((v) => 0.3 * v),
        ),
      ).toBe(0);
  }
});

describe("exponentials", () => {
  test("rest leaves the largest out, and no other, at any place, over several chunks", () => {
    for (const n of [1, 2, 3, 255, 256, 257, 8192, 8193, 20000]) {
      const z = values(n, n).map((v) => 20 * v);
      for (const top of new Set([0, n >> 1, n - 1])) {
        z[top] = 40;
        const out = new Float64Array(n + 2).fill(7);
        const rest = exponentials(z, 0, n, top, 40, 1, out, 1);
        let expected = 0;
        const wrong: number[] = [];
        z.forEach((v, i) => {
          if (i !== top) expected += Math.exp(v - 40);
          // Both exponentials are within a unit.
          if (!(Math.abs(out[i + 1]! - Math.exp(v - 40)) <= 2 ** -51 * out[i + 1]!)) wrong.push(i);
        });
        expect(wrong).toEqual([]);
        expect([out[0], out[n + 1], out[top + 1]]).toEqual([7, 7, 1]);
        // A plain sum of n terms, 70 u, and two units of exp.
        expect(Math.abs(rest - expected)).toBeLessThanOrEqual((n + 80) * 2 ** -53 * expected);
        z[top] = 0;
      }
    }
  });

  test("both paths give the same bits, subnormal results and infinities included", () => {
    const z = values(3000, 12).map((v, i) => (i % 7 === 0 ? 900 * v : 30 * v));
    z[5] = -Infinity;
    for (const temperature of [1, 3]) {
      for (const n of [1, 2, 3, 4, 5, 47, 48, 255, 256, 257, 3000]) {
        const [plain, simd] = (["plain", "simd"] as const).map((mode) => {
          const out = new Float64Array(n);
          const rest = withKernels(mode, () => exponentials(z, 0, n, n >> 1, 3, temperature, out));
          return Float64Array.of(...out, rest);
        });
        expect(different(plain!, simd!)).toBe(0);
        expect(withKernels("plain", () => exponentials(z, 0, n, n >> 1, 3, temperature))).toBe(
          plain![n],
        );
      }
    }
  });

  test("temperature divides what is left of the shift; a span starts anywhere", () => {
    const z = values(300, 9);
    const rest = exponentials(z, 100, 150, 3, 0.25, 0.1);
    let expected = 0;
    for (let i = 0; i < 150; i++) if (i !== 3) expected += Math.exp((z[100 + i]! - 0.25) / 0.1);
    expect(Math.abs(rest - expected)).toBeLessThanOrEqual(230 * 2 ** -53 * expected);
    expect(exponentials([1, 2], 0, 2, 1, 2, 1)).toBe(
      exponentials(Float64Array.of(1, 2), 0, 2, 1, 2, 1),
    );
  });

  test.each([
    [1, 1],
    [3, 2],
    [7, 3],
    [50, 10],
    [9, 1000],
    [3, 8192],
  ])("%i rows of %i", (rows, cols) => {
    const z = values(rows * cols, 11).map((v) => 50 * v);
    // A masked class, a tie of the largest and a row far away.
    if (cols > 2) {
      z[1] = -Infinity;
      z[cols - 1] = z[0] = 60;
      for (let j = 0; j < cols; j++) z[(rows - 1) * cols + j]! += 1000;
    }
    const out = new Float64Array(rows * cols);
    const sums = new Float64Array(rows);
    expect(simdSoftmaxRows(z, rows, cols, out)).toBe(true);
    expect(simdLogSumExpRows(z, rows, cols, sums)).toBe(true);
    for (let i = 0; i < rows; i++) {
      const row = [...z.subarray(i * cols, (i + 1) * cols)];
      const top = Math.max(...row);
      const rest = row.reduce((s, v, j) => (j === row.indexOf(top) ? s : s + Math.exp(v - top)), 0);
      // The sum, its logarithm and the addition.
      expect(Math.abs(sums[i]! - top - Math.log1p(rest))).toBeLessThanOrEqual(
        (cols + 80) * 2 ** -53 * (Math.abs(top) + Math.log1p(rest)),
      );
      row.forEach((v, j) => {
        const p = Math.exp(v - top) / (1 + rest);
        expect(Math.abs(out[i * cols + j]! - p)).toBeLessThanOrEqual(
          (cols + 90) * 2 ** -53 * p + 2 ** -1074,
        );
      });
    }
  });

  test("a row of masked classes sums to nothing", () => {
    const out = new Float64Array(3);
    const z = Float64Array.of(-Infinity, -Infinity, 1, -Infinity, 2, 2);
    expect(simdLogSumExpRows(z, 3, 2, out)).toBe(true);
    expect([...out]).toEqual([-Infinity, 1, 2 + Math.LN2]);
  });
});

describe("largest entry", () => {
  test("its first index, with ties, at every place and length", () => {
    for (const n of [1, 2, 3, 4, 5, 7, 64, 1023, 1024, 1025, 8193, 20_000]) {
      const z = values(n + 1, n);
      for (const first of new Set([0, 1, 3, n >> 1, n - 1])) {
        if (first >= n) continue;
        const x = z.slice();
        x[first + 1] = 2;
        // A later one of the same size is not the first.
        x[n] = 2;
        expect(simdTop(x, 1, n)).toBe(first);
        const arena = createKernelArena(n + 1).array(n + 1);
        arena.set(x);
        expect(simdTop(arena, 1, n)).toBe(first);
      }
    }
  });

  test("zeros of both signs are equal; -Infinity alone has a first index too", () => {
    expect(simdTop(Float64Array.of(-1, -0, 0, -2, -3), 0, 5)).toBe(1);
    expect(simdTop(Float64Array.of(-1, 0, -0, -2, -3), 0, 5)).toBe(1);
    expect(simdTop(new Float64Array(1500).fill(-Infinity), 0, 1500)).toBe(0);
  });

  test.each([NaN, -NaN, Infinity])("%f is refused at any place", (bad) => {
    for (const n of [1, 2, 5, 1500, 9000]) {
      for (const at of new Set([0, n >> 1, n - 1])) {
        const x = values(n, n);
        x[at] = bad;
        if (Object.is(bad, -NaN)) {
          // The NaN that processors make has its sign set.
          new Uint32Array(x.buffer)[2 * at + 1] = 0xfff80000;
        }
        expect(simdTop(x, 0, n)).toBe(-1);
        expect(simdSoftmaxRows(x, 1, n, new Float64Array(n))).toBe(false);
        expect(simdLogSumExpRows(x, 1, n, new Float64Array(1))).toBe(false);
      }
    }
  });
});

describe("modes of a spectral flow", () => {
  const LENGTHS = [1, 2, 3, 4, 5, 31, 32, 33, 255, 256, 257, 1001];

  test("growth: scale (start e^y)^2, the same bits in an arena and out of it", () => {
    for (const n of LENGTHS) {
      const y = values(n, n).map((v) => 30 * v);
      const start = values(n, n + 1).map(Math.abs);
      // Products that stay in range where e^y does not; a mode that is zero for ever, whatever became of its y.
      if (n > 30) {
        [y[3], start[3]] = [800, 1e-300];
        [y[8], start[8]] = [Infinity, 0];
        [y[n - 1], start[n - 1]] = [NaN, 0];
      }
      const arena = createKernelArena(3 * (n + 8));
      const [a, b, c] = [arena.array(n), arena.array(n), arena.array(n)];
      a.set(y);
      b.set(start);
      growModes(a, b, c, 0.7);
      const [plain, strengths] = [y.slice(), new Float64Array(n)];
      withKernels("plain", () => growModes(plain, start, strengths, 0.7));
      expect([different(a, plain), different(c, plain), different(strengths, plain)]).toEqual([
        0, 0, 0,
      ]);
      expect(different(b, start)).toBe(0);
      for (let i = 0; i < n; i++) {
        const root = Math.log(start[i]!) + y[i]!;
        const expected = start[i] === 0 ? 0 : 0.7 * Math.exp(2 * root);
        // Rounding of an exponent of up to 700, and some products.
        expect(Math.abs(a[i]! - expected)).toBeLessThanOrEqual(3000 * 2 ** -53 * expected);
      }
    }
  });

  test("residuals: factor (1 - values) and the weighted sum of squares", () => {
    for (const n of LENGTHS) {
      const x = values(n, n);
      const weights = values(n, n + 2).map(Math.abs);
      const arena = createKernelArena(2 * (n + 8));
      const [a, w] = [arena.array(n), arena.array(n)];
      a.set(x);
      w.set(weights);
      const simd = takeResiduals(a, w, 0.3);
      const plain = x.slice();
      expect(withKernels("plain", () => takeResiduals(plain, weights, 0.3))).toBe(simd);
      expect(different(a, plain)).toBe(0);
      expect(
        different(
          plain,
          x.map((v) => 0.3 * (1 - v)),
        ),
      ).toBe(0);
      const expected = x.reduce((s, v, i) => s + weights[i]! * (1 - v) ** 2, 0);
      // n terms and three roundings in each, in both orders.
      expect(Math.abs(simd - expected)).toBeLessThanOrEqual(2 * (n + 3) * 2 ** -53 * expected);
    }
  });
});
