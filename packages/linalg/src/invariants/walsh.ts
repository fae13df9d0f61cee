import { type AnyInvariant, defineInvariant, unitRoundoff } from "@xent/invariants";
import * as fc from "fast-check";
import { difference, exponent, length1, length2, scaleOf, seed, size, vectorOf } from "./cases.js";
import type { LinalgSubject } from "./subject.js";

const define = defineInvariant<LinalgSubject>();

/** A vector of length 2^levels, by its seed and scale. */
export interface WalshCase {
  readonly levels: number;
  readonly x: number;
  readonly scale: number;
}

export const walshCase: fc.Arbitrary<WalshCase> = fc.record({
  levels: size(0, 10),
  x: seed,
  scale: exponent,
});

/** Walsh-Hadamard transform. Each of its m levels is sqrt 2 times an orthogonal map with one rounding an entry. */
export function walshInvariants(): AnyInvariant<LinalgSubject>[] {
  return [
    define({
      id: "linalg/walsh-hadamard-involution",
      statement: "H (H x) = n x",
      source: "H H = n I for Sylvester's matrix",
      arbitrary: walshCase,
      measure: (c, subject) => {
        const n = 2 ** c.levels;
        const x = vectorOf(n, c.x, scaleOf(subject, c.scale));
        const twice = subject.walshHadamard(subject.walshHadamard(x.slice()));
        return {
          error: length2(
            difference(
              twice,
              x.map((v) => n * v),
            ),
          ),
          tolerance: (2 * c.levels + 2) * unitRoundoff(subject) * n * length2(x),
        };
      },
    }),
    define({
      id: "linalg/walsh-hadamard-parseval",
      statement: "||H x||_2 = sqrt(n) ||x||_2",
      source: "Parseval's theorem on Z_2^m",
      arbitrary: walshCase,
      measure: (c, subject) => {
        const x = vectorOf(2 ** c.levels, c.x, scaleOf(subject, c.scale));
        const expected = Math.sqrt(x.length) * length2(x);
        return {
          error: Math.abs(length2(subject.walshHadamard(x.slice())) - expected),
          // m levels; the two norms and the root round a few times more.
          tolerance: (c.levels + 10) * unitRoundoff(subject) * expected,
        };
      },
    }),
    define({
      id: "linalg/walsh-hadamard-is-sylvester",
      statement: "the transform of x is the product of Sylvester's matrix with x",
      source: "definition",
      arbitrary: fc.record({ levels: size(0, 6), x: seed, scale: exponent }),
      measure: (c, subject) => {
        const n = 2 ** c.levels;
        const x = vectorOf(n, c.x, scaleOf(subject, c.scale));
        const h = subject.sylvesterHadamard(n);
        const direct = x.map((_, i) => {
          let s = 0;
          for (let j = 0; j < n; j++) s += h.data[i * n + j]! * x[j]!;
          return s;
        });
        return {
          error: difference(subject.walshHadamard(x.slice()), direct).reduce(
            (m, d) => Math.max(m, Math.abs(d)),
            0,
          ),
          // m roundings of partial sums below ||x||_1, and n for the plain sum.
          tolerance: (n + c.levels + 1) * unitRoundoff(subject) * length1(x),
        };
      },
    }),
    define({
      id: "linalg/walsh-hadamard-convolution",
      statement: "H (x * y) = (H x) (H y) with (x * y)_g = sum_h x_h y_(g xor h)",
      source: "convolution theorem on Z_2^m",
      arbitrary: fc.record({ levels: size(0, 7), x: seed, y: seed, scale: exponent }),
      measure: (c, subject) => {
        const n = 2 ** c.levels;
        const x = vectorOf(n, c.x, scaleOf(subject, c.scale));
        const y = vectorOf(n, c.y);
        const product = x.map((_, g) => {
          let s = 0;
          for (let h = 0; h < n; h++) s += x[h]! * y[g ^ h]!;
          return s;
        });
        const left = subject.walshHadamard(product);
        const hx = subject.walshHadamard(x.slice());
        const hy = subject.walshHadamard(y.slice());
        return {
          error: left.reduce((m, v, i) => Math.max(m, Math.abs(v - hx[i]! * hy[i]!)), 0),
          // n + 2 roundings in the convolution (input included), m in each of three transforms, and the product.
          tolerance:
            1.01 * (n + 3 * c.levels + 4) * unitRoundoff(subject) * length1(x) * length1(y),
        };
      },
    }),
  ];
}
