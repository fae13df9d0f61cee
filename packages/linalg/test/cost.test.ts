import { withKernels } from "@xent/kernels";
import { arraysMade } from "@xent/testkit";
import { describe, expect, test } from "vitest";
import {
  cholesky,
  dense,
  gramMatrix,
  multiply,
  multiplyTransposeA,
  multiplyTransposeB,
  SeededRandom,
  walshHadamard,
} from "../src/index.js";

/** `data`, and how often its entries are read and written. */
function counting(data: Float64Array): {
  readonly data: Float64Array;
  reads: number;
  writes: number;
} {
  const counts = {
    reads: 0,
    writes: 0,
    data: new Proxy(data, {
      get(target, key) {
        if (typeof key === "string" && /^\d+$/.test(key)) counts.reads++;
        return Reflect.get(target, key, target) as unknown;
      },
      set(target, key, value: number) {
        counts.writes++;
        return Reflect.set(target, key, value, target);
      },
    }),
  };
  return counts;
}

describe("Walsh-Hadamard, plain path", () => {
  // Three levels a pass, blocks of 2^12 apart from the levels above them.
  const passes = (m: number): number =>
    Math.ceil(Math.min(m, 12) / 3) + Math.ceil(Math.max(0, m - 12) / 3);

  test.each([1, 2, 3, 4, 5, 7, 8, 10, 12, 13, 14])(
    "2^%i: entries are read and written once in three levels",
    (m) => {
      const x = new SeededRandom(m).normals(2 ** m);
      const counts = counting(x.slice());
      withKernels("plain", () => walshHadamard(counts.data));
      expect(counts).toMatchObject({ reads: passes(m) * 2 ** m, writes: passes(m) * 2 ** m });
      expect(counts.data[0]).toBe(walshHadamard(x)[0]);
    },
  );
});

describe.each(["plain", "simd"] as const)("with `out`, on the %s path", (mode) => {
  // Above and below the sizes from which kernels are used, and no multiples of a block.
  const cases = [3, 31, 130].map((n) => {
    const random = new SeededRandom(n);
    const a = dense(n, n, random.normals(n * n));
    const definite = gramMatrix(a);
    for (let i = 0; i < n; i++) definite.data[i * n + i]! += 1;
    return { n, a, b: dense(n, n, random.normals(n * n)), definite, out: dense(n, n) };
  });
  const vector = new Float64Array(2 ** 13);

  test.each([
    ["multiply", () => cases.map(({ a, b, out }) => multiply(a, b, out))],
    ["multiplyTransposeA", () => cases.map(({ a, b, out }) => multiplyTransposeA(a, b, out))],
    ["multiplyTransposeB", () => cases.map(({ a, b, out }) => multiplyTransposeB(a, b, out))],
    ["gramMatrix", () => cases.map(({ a, out }) => gramMatrix(a, out))],
    ["cholesky", () => cases.map(({ definite, out }) => cholesky(definite, { out }))],
    ["walshHadamard", () => walshHadamard(vector, 0.5)],
  ])("%s makes no array, however often it is called", (name, run) => {
    withKernels(mode, () => {
      // The first call makes what is kept: views of the kernels' memory.
      run();
      const [one, ten] = [1, 10].map((calls) =>
        arraysMade(() => {
          for (let i = 0; i < calls; i++) run();
        }),
      );
      // The plain Gram matrix packs the rows of a block anew in every call.
      const each = mode === "plain" && name === "gramMatrix" ? cases.length : 0;
      expect([one, ten]).toEqual([each, 10 * each]);
    });
  });
});

test("the counter sees every way to an array", () => {
  const made = arraysMade(() => {
    const a = new Float64Array(4);
    a.subarray(1).slice();
    a.map((v) => v);
    Float64Array.from([1]);
  });
  // A view is none.
  expect(made).toBe(4);
});
