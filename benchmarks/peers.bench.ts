import type * as Core from "@tensorflow/tfjs-core";
import { cholesky, type Dense, multiply, multiplyTransposeB } from "@xent/linalg";
import { softmax } from "@xent/softmax-spectral";
import numeric from "numeric";
import type { BenchCase } from "./bench-case.js";
import { loadJax } from "./jax.js";
import { normalMatrix, normals, requireClose } from "./random-data.js";
import { MATRIX_SIZES, VECTOR_SIZES } from "./sizes.js";
import { loadTensorflow } from "./tensorflow.js";

const TENSORFLOW = "TensorFlow.js wasm float32";
/** Two ulps of float32, for a result of one operation. */
const SINGLE = 2 ** -22;

/** A peer that cannot do the work of a group: listed with its reason, not timed. */
function without(group: string, name: string, reason: string): BenchCase {
  return {
    group,
    name,
    size: 0,
    skip: reason,
    run() {
      throw new Error(reason);
    },
  };
}

function nested({ rows, cols, data }: Dense): number[][] {
  return Array.from({ length: rows }, (_, i) => [...data.subarray(i * cols, (i + 1) * cols)]);
}

/** A computation of tensors, with its result read and its memory given back. */
function reading(tf: typeof Core, compute: () => Core.Tensor): () => ArrayLike<number> {
  return () => {
    const result = tf.tidy(compute);
    const numbers = result.dataSync() as ArrayLike<number>;
    result.dispose();
    return numbers;
  };
}

/** exp of one vector, of the same numbers as the cases of kernels.bench.ts. */
export async function expPeers(): Promise<BenchCase[]> {
  const [jax, tf] = await Promise.all([loadJax(), loadTensorflow()]);
  return VECTOR_SIZES.flatMap((size): BenchCase[] => {
    const x = normals(size);
    const expected = x.map((v) => Math.exp(v));
    const group = "exp of one vector";
    const peer = (
      name: string,
      run: () => ArrayLike<number> | Promise<ArrayLike<number>>,
      tolerance: number,
    ): BenchCase => ({
      group,
      name,
      size,
      run,
      check: async () => requireClose(await run(), expected, tolerance),
    });
    const list = [...x];
    const input = tf.tensor1d(Float32Array.from(x));
    const theirs = jax.numpy.array(x, { dtype: jax.numpy.float64 });
    return [
      peer("numeric", () => numeric.exp(list), 2 ** -50),
      // Its float64 is storage only: good to about 1e-6.
      peer(
        "jax-js wasm float64",
        () => jax.numpy.exp(theirs.ref).data() as Promise<ArrayLike<number>>,
        1e-5,
      ),
      // The rounding of the input to float32, times the largest argument, is in it too.
      peer(
        TENSORFLOW,
        reading(tf, () => tf.exp(input)),
        8 * SINGLE,
      ),
    ];
  });
}

/** softmax of one vector, of the same numbers as in softmax.bench.ts. */
export async function softmaxPeers(): Promise<BenchCase[]> {
  const tf = await loadTensorflow();
  const group = "softmax of one vector";
  const none = "has no softmax";
  return [
    ...VECTOR_SIZES.map((size): BenchCase => {
      const z = normals(size);
      const input = tf.tensor1d(Float32Array.from(z));
      const run = reading(tf, () => tf.softmax(input));
      return {
        group,
        name: TENSORFLOW,
        size,
        run,
        // The sum of `size` terms in float32; blocked, so far better than size ulps.
        check: () => requireClose(run(), softmax(z), Math.sqrt(size) * SINGLE),
      };
    }),
    without(group, "numeric", none),
    without(group, "ml-matrix", none),
  ];
}

/** Square products of the same matrices as in linalg.bench.ts. */
export async function productPeers(): Promise<BenchCase[]> {
  const tf = await loadTensorflow();
  return MATRIX_SIZES.flatMap((n): BenchCase[] => {
    const [a, b] = [normalMatrix(n, n, 1), normalMatrix(n, n, 2)];
    const expected = multiply(a, b).data;
    const group = "matrix product";
    const floor = { operations: 2 * n ** 3, bytes: 24 * n * n };
    const [listA, listB] = [nested(a), nested(b)];
    const [x, y] = [a, b].map((m) => tf.tensor2d(Float32Array.from(m.data), [n, n]));
    const product = reading(tf, () => tf.matMul(x!, y!));
    return [
      {
        group,
        name: "numeric",
        size: n,
        ...floor,
        run: () => numeric.dot(listA, listB),
        check: () => requireClose(numeric.dot(listA, listB).flat(), expected, n * 2 ** -52),
      },
      {
        group,
        name: TENSORFLOW,
        size: n,
        ...floor,
        run: product,
        check: () => requireClose(product(), expected, n * SINGLE),
      },
    ];
  });
}

/** Gram matrices of the same rows as in kernels.bench.ts. */
export async function gramPeers(): Promise<BenchCase[]> {
  const tf = await loadTensorflow();
  return MATRIX_SIZES.flatMap((rows): BenchCase[] => {
    const a = normalMatrix(rows, 512, 1);
    const expected = multiplyTransposeB(a, a).data;
    const group = "Gram matrix of rows of 512";
    const list = nested(a);
    const x = tf.tensor2d(Float32Array.from(a.data), [rows, 512]);
    const gram = reading(tf, () => tf.matMul(x, x, false, true));
    const withNumeric = () => numeric.dot(list, numeric.transpose(list));
    return [
      {
        group,
        name: "numeric",
        size: rows,
        run: withNumeric,
        check: () => requireClose(withNumeric().flat(), expected, 512 * 2 ** -52),
      },
      {
        group,
        name: TENSORFLOW,
        size: rows,
        run: gram,
        check: () => requireClose(gram(), expected, 512 * SINGLE),
      },
    ];
  });
}

/** Of the other peers only jax-js factors; it cannot be timed beside an A A^T + I of another type, so it makes its own. */
export async function choleskyPeers(): Promise<BenchCase[]> {
  const jax = await loadJax();
  const group = "Cholesky";
  return [
    ...MATRIX_SIZES.map((n): BenchCase => {
      const root = normalMatrix(n, n, 3);
      const a = multiplyTransposeB(root, root);
      for (let i = 0; i < n; i++) a.data[i * n + i]! += 1;
      const theirs = jax.numpy.array(a.data, { dtype: jax.numpy.float64 }).reshape([n, n]);
      const run = () => jax.numpy.linalg.cholesky(theirs.ref).data() as Promise<ArrayLike<number>>;
      return {
        group,
        name: "jax-js wasm float64",
        size: n,
        run,
        async check() {
          const ours = cholesky(a);
          if (ours.status !== "positive-definite") throw new Error(ours.status);
          requireClose(await run(), ours.lower.data, n * 2 ** -53 * 1e5);
        },
      };
    }),
    without(group, TENSORFLOW, "has QR, no Cholesky factor"),
    without(group, "numeric", "has LU, no Cholesky factor"),
  ];
}

/** Nobody else has it. */
export function walshHadamardPeers(): BenchCase[] {
  return ["ml-matrix", "jax-js", TENSORFLOW, "numeric"].map((name) =>
    without("walsh-hadamard", name, "has no Walsh-Hadamard transform"),
  );
}
