import { type AnyInvariant, defineInvariant, worstQuotient } from "@xent/invariants";
import * as fc from "fast-check";
import { dense } from "../dense.js";
import {
  absolute,
  difference,
  exponent,
  gamma,
  matrixCase,
  matrixOf,
  naiveProduct,
  naiveTranspose,
  scaleOf,
  seed,
  size,
  vectorOf,
} from "./cases.js";
import type { LinalgSubject } from "./subject.js";

const define = defineInvariant<LinalgSubject>();

/** Sizes around the rims of register and cache blocks, mostly small. */
const side = fc.oneof({ weight: 6, arbitrary: size(0, 9) }, { weight: 1, arbitrary: size(1, 40) });
const inner = fc.oneof({ weight: 6, arbitrary: size(0, 9) }, size(1, 40), size(250, 260));

/** Matrix products. Cost of one measurement: a few products of the size drawn. */
export function productInvariants(): AnyInvariant<LinalgSubject>[] {
  return [
    define({
      id: "linalg/product-is-sum-of-products",
      statement: "(A B)_ij = sum_k a_ik b_kj to gamma_n (|A| |B|)_ij",
      source: "Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., (3.13)",
      arbitrary: fc.record({
        a: matrixCase(side, inner),
        b: matrixCase(side, side),
        scaleA: exponent,
        scaleB: exponent,
      }),
      measure: (c, subject) => {
        const a = matrixOf(c.a, scaleOf(subject, c.scaleA));
        const b = matrixOf({ ...c.b, rows: c.a.cols }, scaleOf(subject, c.scaleB));
        const exact = naiveProduct(a, b);
        return {
          error: worstQuotient(
            difference(subject.multiply(a, b).data, exact.data),
            naiveProduct(absolute(a), absolute(b)).data,
          ),
          // Both sums round; two more roundings are those of the input in less precision than float64.
          tolerance: 2 * gamma(a.cols + 2, subject),
        };
      },
    }),
    define({
      id: "linalg/transposed-products-agree",
      statement: "multiplyTransposeA(A^T, B) = multiplyTransposeB(A, B^T) = multiply(A, B)",
      source: "definition",
      arbitrary: fc.record({
        a: matrixCase(side, inner),
        b: matrixCase(side, side),
        scaleA: exponent,
      }),
      measure: (c, subject) => {
        const a = matrixOf(c.a, scaleOf(subject, c.scaleA));
        const b = matrixOf({ ...c.b, rows: c.a.cols });
        const plain = subject.multiply(a, b).data;
        const bound = naiveProduct(absolute(a), absolute(b)).data;
        const first = subject.multiplyTransposeA(subject.transpose(a), b).data;
        const second = subject.multiplyTransposeB(a, subject.transpose(b)).data;
        return {
          error: Math.max(
            worstQuotient(difference(first, plain), bound),
            worstQuotient(difference(second, plain), bound),
          ),
          tolerance: 2 * gamma(a.cols + 2, subject),
        };
      },
    }),
    define({
      id: "linalg/gram-is-product-with-own-transpose",
      statement:
        "gramMatrix(A) = A A^T, symmetric to the last bit, with no negative diagonal entry",
      source: "definition",
      // Row counts beyond one block of the implementation.
      arbitrary: fc.record({
        a: matrixCase(fc.oneof(side, size(60, 140)), side),
        scaleA: exponent,
      }),
      measure: (c, subject) => {
        const a = matrixOf(c.a, scaleOf(subject, c.scaleA));
        const { rows: m, data: gram } = subject.gramMatrix(a);
        if (m !== a.rows || gram.length !== m * m) return { error: Infinity, tolerance: 0 };
        for (let i = 0; i < m; i++) {
          if (!(gram[i * m + i]! >= 0)) return { error: Infinity, tolerance: 0 };
          for (let j = 0; j < i; j++) {
            if (gram[i * m + j] !== gram[j * m + i]) return { error: Infinity, tolerance: 0 };
          }
        }
        const exact = naiveProduct(a, naiveTranspose(a));
        const bound = naiveProduct(absolute(a), naiveTranspose(absolute(a)));
        return {
          error: worstQuotient(difference(gram, exact.data), bound.data),
          tolerance: 2 * gamma(a.cols + 2, subject),
        };
      },
    }),
    define({
      id: "linalg/product-associates-with-vector",
      statement: "(A B) x = A (B x)",
      source: "associativity",
      arbitrary: fc.record({
        a: matrixCase(side, side),
        b: matrixCase(side, side),
        x: seed,
        scaleA: exponent,
        scaleB: exponent,
      }),
      measure: (c, subject) => {
        const a = matrixOf(c.a, scaleOf(subject, c.scaleA));
        const b = matrixOf({ ...c.b, rows: c.a.cols }, scaleOf(subject, c.scaleB));
        const x = vectorOf(b.cols, c.x);
        const left = subject.multiplyVector(subject.multiply(a, b), x);
        const right = subject.multiplyVector(a, subject.multiplyVector(b, x));
        const bound = naiveProduct(
          absolute(a),
          naiveProduct(absolute(b), absolute(dense(x.length, 1, x))),
        );
        return {
          error: worstQuotient(difference(left, right), bound.data),
          // A chain of sums of n and of p terms on either side, and the input's rounding.
          tolerance: 2 * gamma(a.cols + b.cols + 3, subject),
        };
      },
    }),
    define({
      id: "linalg/transpose-is-adjoint",
      statement: "<y, A x> = <A^T y, x>",
      source: "definition of the transpose",
      arbitrary: fc.record({ a: matrixCase(side, side), x: seed, y: seed, scale: exponent }),
      measure: (c, subject) => {
        const a = matrixOf(c.a, scaleOf(subject, c.scale));
        const x = vectorOf(a.cols, c.x);
        const y = vectorOf(a.rows, c.y);
        const left = subject.dot(y, subject.multiplyVector(a, x));
        const right = subject.dot(subject.multiplyTransposeVector(a, y), x);
        const bound = naiveProduct(
          absolute(dense(1, a.rows, y)),
          naiveProduct(absolute(a), absolute(dense(a.cols, 1, x))),
        );
        return {
          error: worstQuotient([left - right], bound.data),
          tolerance: 2 * gamma(a.rows + a.cols + 3, subject),
        };
      },
    }),
    define({
      id: "linalg/transpose-exchanges-indices",
      statement: "transpose(A)_ji = a_ij exactly",
      source: "definition",
      arbitrary: fc.record({ a: matrixCase(size(0, 70), size(0, 70)), scale: exponent }),
      measure: (c, subject) => {
        const a = matrixOf(c.a, scaleOf(subject, c.scale));
        const t = subject.transpose(a);
        const expected = naiveTranspose(a);
        const same = t.rows === a.cols && t.data.every((v, i) => v === expected.data[i]);
        return { error: same ? 0 : 1, tolerance: 0 };
      },
    }),
    define({
      id: "linalg/kronecker-mixed-product",
      statement: "(A (x) B) (x (x) y) = A x (x) B y",
      source: "Horn and Johnson, Topics in Matrix Analysis, 4.2.10",
      arbitrary: fc.record({
        a: matrixCase(size(1, 5), size(1, 5)),
        b: matrixCase(size(1, 5), size(1, 5)),
        x: seed,
        y: seed,
        scale: exponent,
      }),
      measure: (c, subject) => {
        const a = matrixOf(c.a, scaleOf(subject, c.scale));
        const b = matrixOf(c.b);
        const x = dense(a.cols, 1, vectorOf(a.cols, c.x));
        const y = dense(b.cols, 1, vectorOf(b.cols, c.y));
        const ab = subject.kronecker(a, b);
        const xy = subject.kronecker(x, y);
        const right = subject.kronecker(subject.multiply(a, x), subject.multiply(b, y));
        return {
          error: worstQuotient(
            difference(subject.multiply(ab, xy).data, right.data),
            naiveProduct(absolute(ab), absolute(xy)).data,
          ),
          // Left: one long sum of products of rounded products; right: two short sums and a product.
          tolerance: gamma(a.cols * b.cols + 4, subject) + gamma(a.cols + b.cols + 4, subject),
        };
      },
    }),
  ];
}
