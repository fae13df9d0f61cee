import {
  type Dense,
  dense,
  multiply,
  multiplyTransposeB,
  toMlMatrix,
  walshHadamard,
} from "@xent/linalg";
import type { BenchCase } from "./bench-case.js";
import { loadJax } from "./jax.js";
import { arenaTransform, plainly } from "./kernels.bench.js";
import { normalMatrix, normals, requireClose } from "./random-data.js";
import { MATRIX_SIZES } from "./sizes.js";

/** The textbook loop that every size is compared with. */
function plainWalshHadamard(x: Float64Array): Float64Array {
  const n = x.length;
  for (let h = 1; h < n; h *= 2) {
    for (let i = 0; i < n; i += 2 * h) {
      for (let j = i; j < i + h; j++) {
        const a = x[j]!;
        const b = x[j + h]!;
        x[j] = a + b;
        x[j + h] = a - b;
      }
    }
  }
  return x;
}

function plainProduct(a: Dense, b: Dense, c: Dense): Dense {
  c.data.fill(0);
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < a.cols; k++) {
      const s = a.data[i * a.cols + k]!;
      for (let j = 0; j < b.cols; j++) c.data[i * b.cols + j]! += s * b.data[k * b.cols + j]!;
    }
  }
  return c;
}

/** Transforms of 2^10 to 2^20 doubles. Scaled by 2^(-m/2), so that repetition in place neither grows nor decays. */
export function walshHadamardCases(): BenchCase[] {
  return [10, 12, 14, 16, 18, 20].flatMap((m) => {
    const size = 2 ** m;
    const data = normals(size);
    const ours = data.slice();
    const plain = data.slice();
    const scale = 2 ** (-m / 2);
    const floor = { operations: m * size, bytes: 16 * size };
    return [
      {
        group: "walsh-hadamard",
        name: "xent",
        size,
        ...floor,
        run: () => walshHadamard(ours, scale),
        check: () =>
          requireClose(
            walshHadamard(data.slice()),
            plainWalshHadamard(data.slice()),
            // Each of m levels adds an error of u ||x||_1 to an entry, and the largest is about sqrt(n).
            2 * m * 2 ** -53 * Math.sqrt(size),
          ),
      },
      {
        group: "walsh-hadamard",
        name: "xent, in an arena",
        size,
        ...floor,
        run: arenaTransform(size, scale),
      },
      {
        group: "walsh-hadamard",
        name: "xent, plain path",
        size,
        ...floor,
        run: plainly(() => walshHadamard(ours, scale)),
      },
      {
        group: "walsh-hadamard",
        name: "plain radix-2 loop",
        size,
        ...floor,
        run: () => {
          plainWalshHadamard(plain);
          for (let i = 0; i < size; i++) plain[i]! *= scale;
        },
      },
    ];
  });
}

/** Square products; jax-js also in float32, which moves half the bytes. */
export async function productCases(): Promise<BenchCase[]> {
  const jax = await loadJax();
  return MATRIX_SIZES.flatMap((n): BenchCase[] => {
    const a = normalMatrix(n, n, 1);
    const b = normalMatrix(n, n, 2);
    const out = dense(n, n);
    const [mlA, mlB] = [toMlMatrix(a), toMlMatrix(b)];
    const expected = plainProduct(a, b, dense(n, n)).data;
    const floor = { operations: 2 * n ** 3, bytes: 24 * n * n };
    const withJax = (dtype: "float32" | "float64"): BenchCase => {
      const { array, matmul } = jax.numpy;
      const of = (m: Dense) =>
        array(dtype === "float64" ? m.data : Float32Array.from(m.data), {
          dtype: jax.numpy[dtype],
        }).reshape([n, n]);
      const [x, y] = [of(a), of(b)];
      const product = (): Promise<ArrayLike<number>> =>
        matmul(x.ref, y.ref).data() as Promise<ArrayLike<number>>;
      return {
        group: "matrix product",
        name: `jax-js wasm ${dtype}`,
        size: n,
        ...floor,
        run: product,
        check: async () =>
          requireClose(await product(), expected, n * (dtype === "float64" ? 2 ** -52 : 2 ** -23)),
      };
    };
    return [
      {
        group: "matrix product",
        name: "xent",
        size: n,
        ...floor,
        run: () => multiply(a, b, out),
        // Both are the plain ascending sum: to the last bit.
        check: () => requireClose(multiply(a, b).data, expected, 0),
      },
      {
        group: "matrix product",
        name: "xent, plain path",
        size: n,
        ...floor,
        run: plainly(() => multiply(a, b, out)),
      },
      {
        group: "matrix product",
        name: "plain i-k-j loop",
        size: n,
        ...floor,
        run: () => plainProduct(a, b, out),
      },
      { group: "matrix product", name: "ml-matrix", size: n, ...floor, run: () => mlA.mmul(mlB) },
      withJax("float64"),
      withJax("float32"),
    ];
  });
}

/** B x D by (C x D)^T, the product of a linear head. */
export function headProductCases(): BenchCase[] {
  return [10, 100, 1000].flatMap((classes): BenchCase[] => {
    const x = normalMatrix(128, 512, 1);
    const w = normalMatrix(classes, 512, 2);
    const out = dense(128, classes);
    const [mlX, mlW] = [toMlMatrix(x), toMlMatrix(w).transpose()];
    return [
      {
        group: "X W^T, 128 x 512 by classes",
        name: "xent",
        size: classes,
        run: () => multiplyTransposeB(x, w, out),
        check: () =>
          requireClose(multiplyTransposeB(x, w).data, mlX.mmul(mlW).to1DArray(), 512 * 2 ** -52),
      },
      {
        group: "X W^T, 128 x 512 by classes",
        name: "xent, plain path",
        size: classes,
        run: plainly(() => multiplyTransposeB(x, w, out)),
      },
      {
        group: "X W^T, 128 x 512 by classes",
        name: "ml-matrix",
        size: classes,
        run: () => mlX.mmul(mlW),
      },
    ];
  });
}
