import { SeededRandom } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import { TiltedVariance } from "../src/tilted-variance.js";
import {
  fourthRemainderDown,
  fourthRemainderUp,
  staysOutside,
  type TiltedMoments,
  thirdRemainderDown,
} from "../src/variance-growth.js";
import { D } from "./polynomial-oracle.js";
import { asRow, drawnRow, KINDS, type PlainRow, plainMoments } from "./tilted-rows.js";

function taken(plain: PlainRow): TiltedVariance {
  const { row, range } = asRow(plain);
  const tilted = new TiltedVariance();
  tilted.take(row, range);
  return tilted;
}

/** hypot(x, pi / (2 sigma_x)), where `unit` scales slopes. */
function profile(plain: PlainRow, unit: number, x: number): number {
  const variance = plainMoments(plain, x / unit).variance / unit ** 2;
  return Math.hypot(x, Math.PI / 2 / Math.sqrt(variance));
}

describe.each(KINDS)("%s", (kind) => {
  test.each([3, 10, 300])("C = %i: moments are those of the definition", (classes) => {
    const random = new SeededRandom(classes);
    for (let run = 0; run < 10; run++) {
      const plain = drawnRow(random, classes, kind);
      const tilted = taken(plain);
      const unit = 2 ** tilted.exponent;
      const x = 6 * (random.uniform() - 0.5);
      expect(tilted.at(x)).toBe(true);
      const { mean, variance } = plainMoments(plain, x / unit);
      const { z, a } = plain;
      const top = z.reduce((m, v, k) => Math.max(m, v + (a[k]! * x) / unit), -Infinity);
      const w = z.map((v, k) => Math.exp(v + (a[k]! * x) / unit - top));
      const total = w.reduce((s, v) => s + v, 0);
      for (let i = 1; i <= 6; i++) {
        let moment = 0;
        let size = 0;
        for (let k = 0; k < classes; k++) {
          const gap = (a[k]! - mean) / unit;
          moment += (w[k]! / total) * gap ** i;
          size += (w[k]! / total) * Math.abs(gap) ** i;
        }
        // C terms of a few roundings, exponents below 64; and i times the mean's own error, C + 64 roundings of 1.
        const room =
          (classes + 200) * 2 ** -52 * (size + (i * Math.sqrt(variance)) / unit + 2 ** -20);
        expect(Math.abs(tilted.moments[i]! - moment)).toBeLessThan(room);
      }
      expect(tilted.excess(10)).toBeLessThan(1e-8);
      expect(tilted.floor()).toBeLessThan(1e-18);
    }
  });

  test.each([3, 10, 300])("C = %i: what is said to stay outside does", (classes) => {
    const random = new SeededRandom(classes + 1);
    let accepted = 0;
    for (let run = 0; run < 100; run++) {
      const plain = drawnRow(random, classes, kind);
      const tilted = taken(plain);
      const unit = 2 ** tilted.exponent;
      const x = 8 * (random.uniform() - 0.5);
      tilted.at(x);
      const R = profile(plain, unit, x) * (1 - 0.3 * random.uniform() ** 3);
      const r = 3 * random.uniform() ** 2;
      for (const sign of [1, -1] as const) {
        if (!staysOutside(tilted, x, sign, r, R)) continue;
        accepted++;
        let least = Infinity;
        for (let i = 0; i <= 24; i++) {
          const h = (sign * r * i) / 24;
          least = Math.min(least, profile(plain, unit, x + h));
        }
        expect(least).toBeGreaterThan(R * (1 - 1e-12));
      }
    }
    expect(accepted).toBeGreaterThan(20);
  });
});

test("the remainders of e^v enclose it, in 60 digits", () => {
  for (let y = 0.1; y <= 3; y += 0.1) {
    const v = new D(y);
    const cubic = (x: InstanceType<typeof D>) =>
      x.plus(1).plus(x.pow(2).div(2)).plus(x.pow(3).div(6));
    const up = v.exp().minus(cubic(v)).div(v.pow(4));
    const down = v.neg().exp().minus(cubic(v.neg())).div(v.pow(4));
    const third = down.times(v.neg()).plus(new D(1).div(6));
    // From above by the tail after the term in y^7; from below by the sixth term of an alternating series.
    const after = y ** 6 / 3628800 + 2 ** -52;
    for (const [bound, exact, sign, most] of [
      [fourthRemainderUp(y), up, 1, y ** 8 / 479001600 + 2 ** -52],
      [fourthRemainderDown(y), down, -1, after],
      [thirdRemainderDown(y), third, -1, y ** 6 / 362880 + 2 ** -52],
    ] as const) {
      const off = new D(bound).minus(exact).times(sign).toNumber();
      expect(off).toBeGreaterThan(-(2 ** -52));
      expect(off).toBeLessThan(most);
    }
  }
});

test("a remainder of fourth order: steps of a third of 1 / sigma are proven with a slack of 1e-2", () => {
  const random = new SeededRandom(5);
  let proven = 0;
  for (let run = 0; run < 50; run++) {
    const plain = drawnRow(random, 300, "plain");
    const tilted = taken(plain);
    const unit = 2 ** tilted.exponent;
    tilted.at(0);
    const r = 1 / 3 / Math.sqrt(tilted.moments[2]!);
    const R = Math.min(
      profile(plain, unit, 0),
      profile(plain, unit, r),
      profile(plain, unit, r / 2),
    );
    if (staysOutside(tilted, 0, 1, r, R * (1 - 1e-2))) proven++;
  }
  expect(proven).toBeGreaterThan(40);
});

test("nothing is said beyond the remainders' range, at the profile itself, or of moments that are not numbers", () => {
  // A leader: the variance stays small over the whole range of the remainders.
  const plain = { z: Float64Array.of(0, 9, 0), a: Float64Array.of(-1, 0.25, 1) };
  const tilted = taken(plain);
  tilted.at(0);
  const widest = Math.max(tilted.above, tilted.below);
  expect(staysOutside(tilted, 0, 1, 2.9 / widest, 3)).toBe(true);
  expect(staysOutside(tilted, 0, 1, 3.1 / widest, 3)).toBe(false);
  const R = profile(plain, 2 ** tilted.exponent, 0);
  expect(staysOutside(tilted, 0, 1, 1e-9, R)).toBe(false);
  const none: TiltedMoments = {
    moments: new Float64Array(7).fill(Number.NaN),
    above: 1,
    below: 1,
    terms: 3,
    at: () => true,
    excess: () => 0,
    floor: () => 0,
  };
  expect(staysOutside(none, 0, 1, 0.1, 0.1)).toBe(false);
});

test("a row whose exponents no double knows gives no statement", () => {
  const tilted = taken({ z: Float64Array.of(0, 0, 0), a: Float64Array.of(-1, 0.25, 1) });
  expect(tilted.at(2 ** 50)).toBe(false);
});
