import { logSumExp, softmax, softmaxRows } from "@xent/softmax-spectral";
import type { BenchCase } from "./bench-case.js";
import { loadJax } from "./jax.js";
import { plainly } from "./kernels.bench.js";
import { normalMatrix, normals, requireClose } from "./random-data.js";
import { VECTOR_SIZES } from "./sizes.js";

function plainSoftmax(z: Float64Array, out: Float64Array, start = 0, end = z.length): Float64Array {
  let max = -Infinity;
  for (let i = start; i < end; i++) if (z[i]! > max) max = z[i]!;
  let sum = 0;
  for (let i = start; i < end; i++) {
    const e = Math.exp(z[i]! - max);
    out[i] = e;
    sum += e;
  }
  for (let i = start; i < end; i++) out[i]! /= sum;
  return out;
}

/** One long vector. */
export async function softmaxCases(): Promise<BenchCase[]> {
  const jax = await loadJax();
  return VECTOR_SIZES.flatMap((size): BenchCase[] => {
    const z = normals(size);
    const out = new Float64Array(size);
    // Largest, difference, exp, sum, scaling.
    const floor = { operations: 33 * size, bytes: 16 * size };
    const x = jax.numpy.array(z, { dtype: jax.numpy.float64 });
    const withJax = (): Promise<ArrayLike<number>> =>
      jax.nn.softmax(x.ref).data() as Promise<ArrayLike<number>>;
    return [
      {
        group: "softmax of one vector",
        name: "xent",
        size,
        ...floor,
        run: () => softmax(z, out),
        // Two sums of `size` positive terms in another order.
        check: () =>
          requireClose(softmax(z), plainSoftmax(z, new Float64Array(size)), size * 2 ** -52),
      },
      {
        group: "softmax of one vector",
        name: "xent, plain path",
        size,
        ...floor,
        run: plainly(() => softmax(z, out)),
      },
      {
        group: "softmax of one vector",
        name: "plain loop",
        size,
        ...floor,
        run: () => plainSoftmax(z, out),
      },
      {
        group: "softmax of one vector",
        name: "jax-js wasm float64",
        size,
        run: withJax,
        // Its float64 is storage only: exp is good to about 1e-6.
        check: async () => requireClose(await withJax(), softmax(z), 1e-5),
      },
      { group: "log-sum-exp of one vector", name: "xent", size, run: () => logSumExp(z) },
      {
        group: "log-sum-exp of one vector",
        name: "xent, plain path",
        size,
        run: plainly(() => logSumExp(z)),
      },
    ];
  });
}

/** 4096 rows. */
export function softmaxRowsCases(): BenchCase[] {
  return [10, 100, 1000].flatMap((classes): BenchCase[] => {
    const z = normalMatrix(4096, classes);
    const out = { ...z, data: new Float64Array(z.data.length) };
    const plain = new Float64Array(z.data.length);
    const plainRows = (): Float64Array => {
      for (let i = 0; i < z.rows; i++) plainSoftmax(z.data, plain, i * classes, (i + 1) * classes);
      return plain;
    };
    return [
      {
        group: "softmax of 4096 rows",
        name: "xent",
        size: classes,
        run: () => softmaxRows(z, out),
        check: () => requireClose(softmaxRows(z).data, plainRows(), classes * 2 ** -52),
      },
      {
        group: "softmax of 4096 rows",
        name: "xent, plain path",
        size: classes,
        run: plainly(() => softmaxRows(z, out)),
      },
      { group: "softmax of 4096 rows", name: "plain loop", size: classes, run: plainRows },
    ];
  });
}
