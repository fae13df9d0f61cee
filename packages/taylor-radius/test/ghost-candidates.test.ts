import { SeededRandom } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import { type ExponentialSum, exponentialSum, newEvaluation } from "../src/exponential-sum.js";
import { deflatedStep, type Guess, guesses, polish } from "../src/ghost-candidates.js";

const range = (n: number): number[] => Array.from({ length: n }, (_, k) => k);
const modulus = ({ x, y }: Guess): number => Math.hypot(x, y);

/** Exponent of term k at the real point x. */
const exponentAt = (sum: ExponentialSum, k: number, x: number): number =>
  sum.logWeights[k]! + sum.slopes[k]! * x;

/** What the docstring of `guesses` promises, pair by pair; nearest first, close ones not yet dropped. */
function promised(sum: ExponentialSum): Guess[] {
  const all: Guess[] = [];
  const classes = range(sum.classes);
  const byWeight = classes.slice().sort((i, j) => sum.logWeights[j]! - sum.logWeights[i]!);
  const chosen = new Set([...byWeight.slice(0, 8), 0, sum.classes - 1]);
  for (const i of classes) {
    for (const j of classes.slice(i + 1)) {
      const width = sum.slopes[j]! - sum.slopes[i]!;
      const x = (sum.logWeights[i]! - sum.logWeights[j]!) / width;
      const level = exponentAt(sum, i, x);
      const hidden = Math.max(...classes.map((k) => exponentAt(sum, k, x))) - level;
      // On the hull no term is larger where the two meet; others may hide by up to 3.
      if (hidden < 1e-9 || (hidden < 3 && chosen.has(i) && chosen.has(j))) {
        all.push({ x, y: Math.PI / width });
      }
    }
  }
  const p = classes.map((k) => Math.exp(sum.logWeights[k]!));
  const total = p.reduce((s, v) => s + v);
  const mean = p.reduce((s, v, k) => s + v * sum.slopes[k]!, 0) / total;
  const variance = p.reduce((s, v, k) => s + v * (sum.slopes[k]! - mean) ** 2, 0) / total;
  if (variance > 1e-4) all.push({ x: 0, y: Math.PI / 2 / Math.sqrt(variance) });
  return all.sort((g, h) => modulus(g) - modulus(h));
}

/** Guesses that have no nearer one of those kept within 15 % of their height. */
function apart(all: readonly Guess[]): Guess[] {
  const kept: Guess[] = [];
  for (const g of all) {
    if (kept.every((k) => Math.hypot(k.x - g.x, k.y - g.y) >= 0.15 * g.y)) kept.push(g);
  }
  return kept;
}

describe("guesses", () => {
  test.each([2, 3, 5, 8, 9, 12, 30])(
    "are those promised, by brute force over all pairs (C = %i)",
    (n) => {
      const random = new SeededRandom(n);
      for (let run = 0; run < 6; run++) {
        const z = random.normals(n, [0.5, 3, 20][run % 3]);
        const sum = exponentialSum(z, run < 3 ? random.normals(n) : range(n));
        const expected = apart(promised(sum));
        const found = guesses(sum, 1000);
        expect(found).toHaveLength(expected.length);
        found.forEach((g, i) => {
          expect(g.x).toBeCloseTo(expected[i]!.x, 9);
          expect(g.y).toBeCloseTo(expected[i]!.y, 9);
        });
        expect(guesses(sum, 2)).toEqual(found.slice(0, 2));
      }
    },
  );

  test("one far tail of a spread is no guess of its own, and infinite points are left out", () => {
    // Variance below 1e-4: the other class hardly counts at 0.
    const lone = guesses(exponentialSum([0, -12], [0, 1]), 9);
    expect(lone).toHaveLength(1);
    expect(lone[0]!.x).toBeCloseTo(12, 12);
    expect(lone[0]!.y).toBeCloseTo(Math.PI, 12);
    const far = guesses(exponentialSum([1.7e308, 0, -1.7e308], [0, 1e-3, 1]), 9);
    expect(far.every((g) => Number.isFinite(modulus(g)))).toBe(true);
  });
});

describe("polish", () => {
  const at = newEvaluation();
  // (1 + e^t)(1 + 3 e^t), slopes -1/2, 0, 1/2 in s: zeros at 2 pi i and 2 (pi i - log 3), and 4 pi i above each.
  const sum = exponentialSum([0, Math.log(4), Math.log(3)], [0, 1, 2]);
  const first = { x: 0, y: 2 * Math.PI };
  const second = { x: -2 * Math.log(3), y: 2 * Math.PI };

  function from(
    x: number,
    y: number,
    known: { x: number; y: number; multiplicity: number }[] = [],
  ) {
    const budget = { left: 30 };
    const done = polish(sum, x, y, 100, known, budget, at);
    return { done, spent: 30 - budget.left };
  }
  const off = (zero: { x: number; y: number }): number => Math.hypot(at.x - zero.x, at.y - zero.y);

  test("converges quadratically to the zero nearby, from above and below the axis", () => {
    for (const zero of [first, second]) {
      for (const [dx, dy] of [
        [0.1, 0.2],
        [-0.2, 0.1],
        [0.05, -0.3],
        [-0.1, -0.1],
      ] as const) {
        const { done, spent } = from(zero.x + dx, zero.y + dy);
        expect(done).toBe(true);
        expect(off(zero)).toBeLessThan(1e-14);
        // Errors 0.3^2, ^4, ^8, ^16, ^32 and the step that finds nothing left.
        expect(spent).toBeLessThanOrEqual(7);
      }
    }
  });

  test("known zeros, and their conjugates, do not attract", () => {
    from(first.x + 0.3, first.y + 0.1, [{ ...first, multiplicity: 1 }]);
    expect(off(first)).toBeGreaterThan(1);
    const there = [{ ...first, multiplicity: 1 }];
    const { done, spent } = from(-0.9, 2 * Math.PI + 0.2, there);
    expect([done, off(second) < 1e-12]).toEqual([true, true]);
    expect(spent).toBeLessThanOrEqual(8);
    // Divided out twice, a simple zero repels.
    from(second.x + 0.1, second.y, [{ ...second, multiplicity: 2 }]);
    expect(off(second)).toBeGreaterThan(0.1);
    // On a known zero the quotient has no derivative; on any zero F is all rounding.
    expect(from(0.5, 2, [{ x: 0.5, y: 2, multiplicity: 1 }]).done).toBe(false);
    expect(from(0.5, 2, [{ x: 0.5, y: -2, multiplicity: 1 }]).done).toBe(false);
    expect(from(first.x, first.y)).toEqual({ done: true, spent: 1 });
  });

  test("the conjugate of a known zero is divided out, so that the lower half-plane does not pull", () => {
    // Newton on F / ((s - c)(s - conj c)): one step, by hand.
    const c = { x: 0.3, y: 0.8, multiplicity: 2 };
    const start = { x: 0.1, y: 1.5 };
    polish(sum, start.x, start.y, 100, [], { left: 1 }, at);
    const square = at.re ** 2 + at.im ** 2;
    let qRe = (at.derivativeRe * at.re + at.derivativeIm * at.im) / square;
    let qIm = (at.derivativeIm * at.re - at.derivativeRe * at.im) / square;
    for (const y of [c.y, -c.y]) {
      const gap = (start.x - c.x) ** 2 + (start.y - y) ** 2;
      qRe -= (2 * (start.x - c.x)) / gap;
      qIm += (2 * (start.y - y)) / gap;
    }
    let [dx, dy] = [-qRe / (qRe ** 2 + qIm ** 2), qIm / (qRe ** 2 + qIm ** 2)];
    const length = Math.max(1, Math.hypot(dx, dy));
    [dx, dy] = [dx / length, dy / length];
    polish(sum, start.x, start.y, 100, [c], { left: 2 }, at);
    expect(at.x).toBeCloseTo(start.x + dx, 13);
    expect(at.y).toBeCloseTo(Math.abs(start.y + dy), 13);
  });

  test("steps are no longer than 1, and stay in the upper half-plane", () => {
    for (const [x, y] of [
      [30, 1],
      [-40, 3],
      [0.2, 0.1],
    ] as const) {
      const path: [number, number][] = [];
      for (let left = 1; left <= 6; left++) {
        polish(sum, x, y, 100, [], { left }, at);
        path.push([at.x, at.y]);
      }
      for (let i = 1; i < path.length; i++) {
        const [[px, py], [qx, qy]] = [path[i - 1]!, path[i]!];
        // Mirrored where it would have left.
        expect(Math.min(Math.hypot(qx - px, qy - py), Math.hypot(qx - px, qy + py))).toBeLessThan(
          1 + 1e-12,
        );
        expect(qy).toBeGreaterThanOrEqual(0);
      }
    }
  });

  test("gives up: no budget, beyond the limit, no exponents, no derivative", () => {
    expect(polish(sum, 1, 1, 100, [], { left: 0 }, at)).toBe(false);
    const budget = { left: 3 };
    expect(polish(sum, first.x + 1, first.y + 1, 100, [], budget, at)).toBe(false);
    expect(budget.left).toBe(0);
    expect(polish(sum, 1e15, 1, Infinity, [], { left: 9 }, at)).toBe(false);
    // Beyond the limit from the fourth step on only, as the first ones may overshoot.
    const out = { left: 30 };
    expect(polish(sum, 30, 9, 5, [], out, at)).toBe(false);
    expect(30 - out.left).toBe(4);
    // cosh has derivative 0 at the origin.
    const symmetric = exponentialSum([0, 0], [-1, 1]);
    const flat = { left: 30 };
    expect(polish(symmetric, 0, 0, 100, [], flat, at)).toBe(false);
    expect(30 - flat.left).toBe(1);
  });

  test("double and triple zeros are come near to; where steps do not shrink there is none", () => {
    const double = exponentialSum([0, Math.LN2, 0], [0, 1, 2]);
    expect(polish(double, 0.2, 6, 100, [], { left: 30 }, at)).toBe(true);
    expect(Math.hypot(at.x, at.y - 2 * Math.PI)).toBeLessThan(1e-6);
    const triple = exponentialSum([0, Math.log(3), Math.log(3), 0], [0, 1, 2, 3]);
    const period = Math.PI * 2 ** triple.exponent;
    expect(polish(triple, 0.1, period - 0.1, 100, [], { left: 30 }, at)).toBe(true);
    expect(Math.hypot(at.x, at.y - period)).toBeLessThan(1e-3);
  });
});

test("deflatedStep leads to the remaining zero of a polynomial, mirrored upwards", () => {
  const random = new SeededRandom(6);
  for (let run = 0; run < 30; run++) {
    const draw = () => ({ x: random.normal(), y: random.normal() });
    const [t, b] = [draw(), draw()];
    const known = Array.from({ length: run % 3 }, (_, i) => ({ ...draw(), multiplicity: 1 + i }));
    // F = (t - b) prod (t - c)^m: F' / F is the sum of m / (t - c).
    let [qRe, qIm] = [0, 0];
    for (const { x, y, multiplicity } of [...known, { ...b, multiplicity: 1 }]) {
      const square = (t.x - x) ** 2 + (t.y - y) ** 2;
      qRe += (multiplicity * (t.x - x)) / square;
      qIm -= (multiplicity * (t.y - y)) / square;
    }
    const square = qRe ** 2 + qIm ** 2;
    const hint = { ...t, stepRe: qRe / square, stepIm: -qIm / square };
    const next = deflatedStep(hint, known);
    // Cancellation: F' / F is as large as its largest part.
    expect(next.x).toBeCloseTo(b.x, 9);
    expect(next.y).toBeCloseTo(Math.abs(b.y), 9);
    expect(next.step).toBeCloseTo(Math.hypot(t.x - b.x, t.y - b.y), 9);
  }
});
