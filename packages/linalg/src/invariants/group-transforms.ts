import { type AnyInvariant, defineInvariant, unitRoundoff } from "@xent/invariants";
import * as fc from "fast-check";
import { unitRoot } from "../fourier-axis.js";
import type { GroupTransform } from "../group-transform.js";
import { difference, exponent, length1, length2, scaleOf, seed, size, vectorOf } from "./cases.js";
import type { LinalgSubject } from "./subject.js";
import { walshCase } from "./walsh.js";

const define = defineInvariant<LinalgSubject>();

/**
 * Orders of cyclic factors: every kind of pass (2, 3, 4, 5, odd primes, a prime beyond direct sums),
 * ones, and repeated factors.
 */
const smallOrders: fc.Arbitrary<readonly number[]> = fc.oneof(
  fc.constantFrom([], [1], [2, 2, 2], [2, 5], [10], [61], [67], [7, 1, 7], [3, 2, 2, 3], [97]),
  fc.array(size(1, 7), { maxLength: 3 }),
  size(1, 130).map((n) => [n]),
);
const orders: fc.Arbitrary<readonly number[]> = fc.oneof(
  { weight: 3, arbitrary: smallOrders },
  {
    weight: 1,
    arbitrary: fc.constantFrom([1009], [1024], [27, 25], [2, 211], [30, 30], [2, 2, 101]),
  },
);

/**
 * Relative error of a transform of Z_n1 x ... in the Euclidean norm, in units of u, pass by pass. A pass of
 * prime radix p sums p products of complex numbers: (p + 6) u of |F_p| |x|, and | |F_p| |_2 = p where |F_p|_2 =
 * sqrt p, so sqrt p (p + 6) (Higham, 24.1, has the same for p = 2 with 7). A prime beyond 61 is a convolution by
 * three transforms of N <= 4 p points and chirps: relative to the sum of sizes of the chirp, 2 p, over sqrt p.
 */
function transformError(factors: readonly number[]): number {
  let total = 1;
  for (const n of factors) {
    let rest = n;
    for (let p = 2; rest > 1; p++) {
      while (rest % p === 0) {
        const bluestein = 2 * Math.sqrt(p) * (3 * 12 * Math.log2(4 * p) + 20);
        total += p <= 61 ? Math.sqrt(p) * (p + 6) : bluestein;
        rest /= p;
      }
    }
  }
  return total;
}

interface GroupCase {
  readonly orders: readonly number[];
  readonly x: number;
  readonly scale: number;
}

const groupCase: fc.Arbitrary<GroupCase> = fc.record({ orders, x: seed, scale: exponent });

interface Prepared {
  readonly plan: GroupTransform;
  readonly re: Float64Array;
  readonly im: Float64Array;
  /** ||x||_2. */
  readonly norm: number;
  /** Relative error of one transform in the Euclidean norm. */
  readonly relative: number;
}

function prepare(c: GroupCase, subject: LinalgSubject): Prepared {
  const plan = subject.planGroupTransform(c.orders);
  const scale = scaleOf(subject, c.scale);
  const both = vectorOf(2 * plan.size, c.x, scale);
  const re = both.slice(0, plan.size);
  const im = both.slice(plan.size);
  return {
    plan,
    re,
    im,
    norm: length2(both),
    relative: transformError(c.orders) * unitRoundoff(subject),
  };
}

function join(re: Float64Array, im: Float64Array): Float64Array {
  const both = new Float64Array(2 * re.length);
  both.set(re);
  both.set(im, re.length);
  return both;
}

/** An even function on the group, from a seed. */
function evenVector(plan: GroupTransform, s: number, scale: number): Float64Array {
  const x = vectorOf(plan.size, s, scale);
  return x.map((v, g) => (v + x[plan.negation[g]!]!) / 2);
}

/** Coordinates of an element, first factor slowest. */
function coordinates(orders_: readonly number[], index: number): number[] {
  const out: number[] = [];
  let rest = index;
  for (let i = orders_.length - 1; i >= 0; i--) {
    out[i] = rest % orders_[i]!;
    rest = Math.floor(rest / orders_[i]!);
  }
  return out;
}

function indexOf(orders_: readonly number[], at: readonly number[]): number {
  return at.reduce((index, g, i) => index * orders_[i]! + g, 0);
}

/** Transforms of finite abelian groups. */
export function groupTransformInvariants(): AnyInvariant<LinalgSubject>[] {
  return [
    define({
      id: "linalg/group-transform-inversion",
      statement: "inverse(forward(x)) = x on every Z_n1 x ... x Z_nr",
      source: "orthogonality of characters",
      arbitrary: groupCase,
      measure: (c, subject) => {
        const { plan, re, im, norm, relative } = prepare(c, subject);
        const backR = re.slice();
        const backI = im.slice();
        plan.forward(backR, backI);
        plan.inverse(backR, backI);
        return {
          error: length2(join(difference(backR, re), difference(backI, im))),
          tolerance: 2.01 * relative * norm,
        };
      },
    }),
    define({
      id: "linalg/group-transform-parseval",
      statement: "||forward(x)||_2 = sqrt(k) ||x||_2",
      source: "Plancherel's theorem",
      arbitrary: groupCase,
      measure: (c, subject) => {
        const { plan, re, im, norm, relative } = prepare(c, subject);
        plan.forward(re, im);
        const expected = Math.sqrt(plan.size) * norm;
        return {
          error: Math.abs(length2(join(re, im)) - expected),
          tolerance: (relative + 10 * unitRoundoff(subject)) * expected,
        };
      },
    }),
    define({
      id: "linalg/group-transform-is-character-sum",
      statement:
        "X_c = sum_g x_g exp(-2 pi i sum_j c_j g_j / n_j), for a character drawn at random",
      source: "definition",
      arbitrary: fc.record({
        group: groupCase,
        character: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      }),
      measure: ({ group, character }, subject) => {
        const { plan, re, im, norm, relative } = prepare(group, subject);
        const c = Math.floor(character * plan.size);
        const at = coordinates(group.orders, c);
        // One common denominator, so that the angle is reduced in whole numbers.
        const k = plan.size;
        let sumR = 0;
        let sumI = 0;
        for (let g = 0; g < k; g++) {
          const step = coordinates(group.orders, g).reduce(
            (s, v, j) => (s + ((v * at[j]!) % group.orders[j]!) * (k / group.orders[j]!)) % k,
            0,
          );
          const { cos, sin } = unitRoot(step, k);
          sumR += re[g]! * cos + im[g]! * sin;
          sumI += im[g]! * cos - re[g]! * sin;
        }
        const sizes = length1(re) + length1(im);
        plan.forward(re, im);
        return {
          error: Math.hypot(re[c]! - sumR, im[c]! - sumI),
          tolerance: relative * Math.sqrt(k) * norm + 1.5 * (k + 6) * unitRoundoff(subject) * sizes,
        };
      },
    }),
    define({
      id: "linalg/group-transform-convolution",
      statement: "forward(x * y) = forward(x) forward(y) with (x * y)_g = sum_h x_h y_(g - h)",
      source: "convolution theorem on a finite abelian group",
      arbitrary: fc.record({ orders: smallOrders, x: seed, y: seed, scale: exponent }),
      measure: (c, subject) => {
        const { plan, re: x, norm, relative } = prepare(c, subject);
        const k = plan.size;
        const y = vectorOf(k, c.y);
        const at = Array.from({ length: k }, (_, g) => coordinates(c.orders, g));
        const product = new Float64Array(k);
        for (let g = 0; g < k; g++) {
          for (let h = 0; h < k; h++) {
            const sum = at[g]!.map((v, j) => (v + at[h]![j]!) % c.orders[j]!);
            product[indexOf(c.orders, sum)]! += x[g]! * y[h]!;
          }
        }
        const zero = (): Float64Array => new Float64Array(k);
        const [xi, yi, zi] = [zero(), zero(), zero()];
        const sizes = length1(x) * length1(y);
        const normY = length2(y);
        plan.forward(product, zi);
        plan.forward(x, xi);
        plan.forward(y, yi);
        const gap = new Float64Array(2 * k);
        for (let i = 0; i < k; i++) {
          gap[i] = product[i]! - (x[i]! * y[i]! - xi[i]! * yi[i]!);
          gap[k + i] = zi[i]! - (x[i]! * yi[i]! + xi[i]! * y[i]!);
        }
        return {
          error: length2(gap),
          // ||x * y||_2 <= sqrt k ||x|| ||y||, and no entry of a transform exceeds sqrt k times the norm: three
          // transforms of relative error, all at most k ||x|| ||y||. The plain convolution: k + 2 roundings of sizes.
          tolerance:
            1.01 * (3 * relative + 8 * unitRoundoff(subject)) * k * norm * normY +
            (k + 4) * unitRoundoff(subject) * Math.sqrt(k) * sizes,
        };
      },
    }),
    define({
      id: "linalg/even-symbol-has-real-spectrum",
      statement: "for zeta(-g) = zeta(g): forward(zeta) is real, and evenSpectrum gives it",
      source: "[ours] theory 1.2",
      arbitrary: groupCase,
      measure: (c, subject) => {
        const { plan, relative } = prepare(c, subject);
        const zeta = evenVector(plan, c.x, scaleOf(subject, c.scale));
        const spectrum = plan.evenSpectrum(zeta);
        const re = zeta.slice();
        const im = new Float64Array(plan.size);
        plan.forward(re, im);
        return {
          error: length2(join(difference(re, spectrum), im)),
          tolerance: 2 * relative * Math.sqrt(plan.size) * length2(zeta),
        };
      },
    }),
    define({
      id: "linalg/even-symbol-round-trip",
      statement: "evenSymbol(evenSpectrum(zeta)) = zeta, and the spectrum is even to the last bit",
      source: "[ours] theory 1.2",
      arbitrary: groupCase,
      measure: (c, subject) => {
        const { plan, relative } = prepare(c, subject);
        const zeta = evenVector(plan, c.x, scaleOf(subject, c.scale));
        const spectrum = plan.evenSpectrum(zeta);
        const even = spectrum.every((v, i) => v === spectrum[plan.negation[i]!]!);
        return {
          error: even ? length2(difference(plan.evenSymbol(spectrum), zeta)) : Infinity,
          tolerance: 2.01 * relative * length2(zeta),
        };
      },
    }),
    define({
      id: "linalg/hartley-is-orthogonal-involution",
      statement: "hartley(hartley(x)) = x and ||hartley(x)||_2 = ||x||_2",
      source: "Bracewell, The Hartley Transform; cas(a + b) on a product of cyclic groups",
      arbitrary: groupCase,
      measure: (c, subject) => {
        const { plan, re: x, relative } = prepare(c, subject);
        const once = plan.hartley(x);
        const norm = length2(x);
        return {
          error: Math.max(
            length2(difference(plan.hartley(once), x)),
            Math.abs(length2(once) - norm),
          ),
          // Two transforms; forming cas from cos and sin mixes pairs: a few roundings more for each factor.
          tolerance: 2.01 * (relative + (8 + 6 * c.orders.length) * unitRoundoff(subject)) * norm,
        };
      },
    }),
    define({
      id: "linalg/group-transform-of-xor-group-is-walsh-hadamard",
      statement: "on Z_2^m, forward(x) = H x",
      source: "the characters of Z_2^m are the rows of Sylvester's matrix",
      arbitrary: walshCase,
      measure: (c, subject) => {
        const x = vectorOf(2 ** c.levels, c.x, scaleOf(subject, c.scale));
        const plan = subject.planGroupTransform(Array.from({ length: c.levels }, () => 2));
        const re = x.slice();
        const im = new Float64Array(x.length);
        plan.forward(re, im);
        return {
          error: length2(join(difference(re, subject.walshHadamard(x.slice())), im)),
          tolerance: 2 * (c.levels + 1) * unitRoundoff(subject) * Math.sqrt(x.length) * length2(x),
        };
      },
    }),
  ];
}
