import { SeededRandom } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import { newSlopeRange, slopeRange } from "../src/leading-class.js";
import { TiltedVariance } from "../src/tilted-variance.js";
import { logGrowth, momentGrowth } from "../src/variance-growth.js";

/** Variance of a under softmax(z + a x), plainly, by its definition. */
function varianceAt(z: Float64Array, a: Float64Array, x: number): number {
  const top = z.reduce((m, v, k) => Math.max(m, v + a[k]! * x), -Infinity);
  const w = z.map((v, k) => Math.exp(v + a[k]! * x - top));
  const total = w.reduce((s, v) => s + v, 0);
  const mean = w.reduce((s, v, k) => s + v * a[k]!, 0) / total;
  return w.reduce((s, v, k) => s + v * (a[k]! - mean) ** 2, 0) / total;
}

function taken(z: Float64Array, a: Float64Array): TiltedVariance {
  const row = { logits: z, slopes: a, start: 0, classes: z.length };
  const range = newSlopeRange();
  slopeRange(row, range);
  const tilted = new TiltedVariance();
  tilted.take(row, range);
  return tilted;
}

describe.each([
  [3, 0],
  [10, 0],
  [10, 6],
  [300, 0],
  [300, 9],
])("C = %i, a logit raised by %i", (classes, raised) => {
  const random = new SeededRandom(classes + raised);

  test("the growth bounds hold at every distance, and the sharper one is of third order", () => {
    for (let run = 0; run < 20; run++) {
      const z = random.normals(classes);
      z[0]! += raised;
      const a = random.normals(classes);
      const tilted = taken(z, a);
      const unit = 2 ** tilted.exponent;
      const x = 6 * (random.uniform() - 0.5);
      tilted.at(x);
      const here = varianceAt(z, a, x / unit) / unit ** 2;
      // The plain one sums C terms of a few roundings each; exponents are below 64 in size.
      const room = 1 + (classes + 200) * 2 ** -52;
      expect(here).toBeLessThanOrEqual(tilted.upper * room);
      expect(tilted.upper).toBeLessThan(here * (1 + 1e-9));
      for (let h = 2 ** -10; h < 2; h *= 1.7) {
        for (const step of [h, -h]) {
          const there = varianceAt(z, a, (x + step) / unit) / unit ** 2;
          expect(there).toBeLessThanOrEqual(
            tilted.upper * Math.exp(logGrowth(tilted, step)) * room,
          );
          const moments = momentGrowth(tilted, step);
          expect(there).toBeLessThanOrEqual(tilted.upper * moments * room);
          // What was left out, V = E X^2: the remainder, twice; of the denominator E e^(hX) <= 1 + h^2 V e^y / 2 times the
          // numerator, at most V e^y; and the mean's move, at most h V e^y, squared.
          const y = (tilted.halfWidth + Math.abs(tilted.mean)) * h;
          if (y < 0.5) {
            const lost = 1.5 * here * h * h * Math.exp(2 * y) + (y ** 3 * Math.exp(y)) / 3;
            expect(moments - there / here).toBeLessThan(lost + 1e-9);
          }
        }
      }
    }
  });
});

test("a row whose exponents no double knows gives no statement by moments", () => {
  const tilted = taken(Float64Array.of(0, 0, 0), Float64Array.of(-1, 0.25, 1));
  tilted.at(2 ** 50);
  expect(momentGrowth(tilted, 1e-3)).toBe(Infinity);
  expect(tilted.upper).toBe(Infinity);
});
