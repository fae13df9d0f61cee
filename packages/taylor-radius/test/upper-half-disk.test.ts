import { SeededRandom } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import { type DominanceInterval, dominanceInterval } from "../src/dominance.js";
import { type ExponentialSum, exponentialSum } from "../src/exponential-sum.js";
import { countUpperHalfDisk } from "../src/upper-half-disk.js";
import { ghostPoints } from "./polynomial-oracle.js";

const nowhere: DominanceInterval = { below: 0, above: 0 };

/** Moduli, in units of the normal form, of the zeros of sum exp(z_k + k t) up to 3 periods high, ascending. */
function moduli(z: readonly number[], sum: ExponentialSum): number[] {
  const period = 2 * Math.PI;
  const all: number[] = [];
  for (const { re, im } of ghostPoints(z)) {
    for (let k = 0; k < 4; k++) {
      const y = im.toNumber() + k * period;
      if (y > 0) all.push(Math.hypot(re.toNumber(), y) * 2 ** sum.exponent);
    }
  }
  return all.sort((p, q) => p - q);
}

function counted(sum: ExponentialSum, dominance: DominanceInterval, radius: number): number {
  const result = countUpperHalfDisk(sum, dominance, radius, { left: 5000 });
  if ("failure" in result) throw new Error(result.failure);
  return result.count;
}

const lattice = (n: number): number[] => Array.from({ length: n }, (_, k) => k);

describe("counts of zeros are those of the polynomial's roots in 60 digits", () => {
  test.each([
    ["no class leads", [0, 0.3, -0.2, 0.1]],
    ["the middle leads", [-3, 1, 4, 0.5]],
    ["the first leads", [6, 0.3, -1, 0]],
    ["the last leads", [0.2, -1, 0.4, 5]],
    ["far ahead", [0, 12, 1, -2]],
    ["far ahead, at an end", [9, -1, 1, -2]],
  ])("%s", (_, z) => {
    const sum = exponentialSum(z, lattice(z.length));
    const all = moduli(z, sum);
    const leading = dominanceInterval(sum);
    let told = 0;
    for (let n = 0; n < 6; n++) {
      for (const share of [1e-6, 0.3, 0.7, 1 - 1e-6]) {
        const radius = all[n]! + share * (all[n + 1]! - all[n]!);
        if (Math.min(radius - all[n]!, all[n + 1]! - radius) < 1e-7) continue;
        // The interval only spares work; half of it serves as well, and so does one side alone.
        for (const interval of [
          leading,
          nowhere,
          { below: leading.below / 2, above: leading.above },
          { below: leading.below, above: leading.above / 3 },
        ]) {
          expect(counted(sum, interval, radius)).toBe(n + 1);
          told++;
        }
      }
    }
    expect(told).toBeGreaterThan(40);
    // 0 and not -0, whichever way the sum of angles is rounded.
    for (let i = 1; i < 8; i++) expect(counted(sum, leading, all[0]! * (1 - 10 ** -i))).toBe(0);
  });
});

test("no zeros are 0 and not -0, whichever way the angles are rounded", () => {
  const random = new SeededRandom(12);
  for (let run = 0; run < 60; run++) {
    const sum = exponentialSum(random.normals(4, 2), lattice(4));
    // Just beyond the height below which nothing is followed, which hardly any zero is near.
    const radius = (Math.PI / 2 / sum.halfWidth) * 1.01;
    expect(counted(sum, nowhere, radius)).toBe(0);
  }
});

describe("what is followed", () => {
  const z = [-3, 1, 4, 0.5];
  const sum = exponentialSum(z, lattice(4));
  const leading = dominanceInterval(sum);

  /** Stops on the arc, as [x, y]. */
  function stops(interval: DominanceInterval, radius: number): [number, number][] {
    const all: [number, number][] = [];
    countUpperHalfDisk(sum, interval, radius, { left: 5000 }, (x, y) => all.push([x, y]));
    return all;
  }

  test("nothing below the height at which terms leave the right half-plane", () => {
    const height = Math.PI / 2 / sum.halfWidth;
    expect(stops(nowhere, height * (1 - 1e-8))).toEqual([]);
    expect(countUpperHalfDisk(sum, nowhere, height * 0.9, { left: 0 })).toEqual({ count: 0 });
    expect(countUpperHalfDisk(sum, nowhere, height * 1.1, { left: 0 })).toEqual({
      failure: "budget",
    });
    const sliver = height * (1 - 1e-9) * (1 + 5e-11);
    expect(countUpperHalfDisk(sum, nowhere, sliver, { left: 0 })).toEqual({ count: 0 });
    const arc = stops(nowhere, 3 * height);
    expect(arc.every(([, y]) => y > 0)).toBe(true);
    // From foot to foot, both just below that height.
    for (const y of [arc[0]![1], Math.min(...arc.slice(1).map((p) => p[1]))]) {
      expect(y).toBeLessThan(height);
      expect(y).toBeGreaterThan(height * (1 - 3e-9));
    }
    expect(arc[0]![0]).toBeGreaterThan(0);
    expect(Math.min(...arc.map((p) => p[0]))).toBeCloseTo(-arc[0]![0], 6);
  });

  test("nothing where one class dominates: the arcs end just inside", () => {
    const radius = 1.5 * Math.max(leading.above, leading.below) + 10;
    const arc = stops(leading, radius);
    const right = arc.filter(([x]) => x > 0).map(([x]) => x);
    const left = arc.filter(([x]) => x < 0).map(([x]) => -x);
    expect(Math.min(...right)).toBeLessThan(leading.above);
    expect(Math.min(...right)).toBeGreaterThan(leading.above * (1 - 1e-9));
    expect(Math.min(...left)).toBeLessThan(leading.below);
    expect(Math.min(...left)).toBeGreaterThan(leading.below * (1 - 1e-9));
    expect(arc.every(([, y]) => y > 0)).toBe(true);
    // An interval that ends within the strip at the foot of the arc.
    const edge = Math.sqrt(radius ** 2 - (Math.PI / 2 / sum.halfWidth) ** 2);
    expect(stops({ below: 2 * radius, above: (edge + radius) / 2 }, radius)).toEqual([]);
    // Coordinates are rounded relatively to the radius: 16 u of it are kept.
    const narrow = stops({ below: 1e-3, above: 1e-3 }, 100).map(([x]) => x);
    expect(Math.min(...narrow.filter((x) => x > 0))).toBeLessThan(1e-3 - 12 * 2 ** -53 * 100);
    // One side within the interval altogether needs nothing.
    const wide = { below: 2 * radius, above: leading.above };
    expect(stops(wide, radius).every(([x]) => x > 0)).toBe(true);
    expect(stops({ below: leading.below, above: 2 * radius }, radius).every(([x]) => x < 0)).toBe(
      true,
    );
    expect(stops({ below: 2 * radius, above: 2 * radius }, radius)).toEqual([]);
    // An interval to one side only says nothing: the other end of that part would be unknown.
    const half = stops({ below: 0, above: leading.above }, radius);
    expect(half.some(([x]) => Math.abs(x) < leading.above / 2)).toBe(true);
    expect(stops({ below: leading.below, above: 0 }, radius)).toEqual(half);
  });

  test("failures of either side are passed on", () => {
    // Through a zero to the right of the axis, and through its mirror image.
    for (const weights of [
      [2, 4, -3, -9],
      [-9, -3, 4, 2],
    ]) {
      const own = exponentialSum(weights, lattice(4));
      const interval = dominanceInterval(own);
      const zero = ghostPoints(weights)
        .map(({ re, im }) => [re.toNumber(), im.toNumber()] as const)
        .filter(([re, im]) => im > 0 && Math.abs(re) > 1)
        .sort((p, q) => Math.hypot(...p) - Math.hypot(...q))[0]!;
      const through = Math.hypot(...zero) * 2 ** own.exponent;
      expect(countUpperHalfDisk(own, interval, through, { left: 5000 })).toHaveProperty("failure");
    }
    const radius = 1.5 * Math.max(leading.above, leading.below) + 10;
    const both = stops(leading, radius).length;
    const first = stops({ below: 2 * radius, above: leading.above }, radius).length;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(both);
    for (const left of [0, first - 1, first, both - 1]) {
      expect(countUpperHalfDisk(sum, leading, radius, { left })).toEqual({ failure: "budget" });
    }
    expect("count" in countUpperHalfDisk(sum, leading, radius, { left: both })).toBe(true);
  });
});

test("a class that dominates far up turns many times: its argument is taken on the right branch", () => {
  const random = new SeededRandom(4);
  for (let run = 0; run < 4; run++) {
    // The top class at an end of the slopes: its term has turned more than once at the ends of the arcs.
    const a = [0, 0.3 + 0.2 * random.uniform(), 0.7, 1];
    const z = [40 + random.uniform(), 1, random.normal(), random.normal()];
    const sum = exponentialSum(z, a);
    const leading = dominanceInterval(sum);
    const radius = 1.3 * leading.above;
    expect(counted(sum, leading, radius)).toBe(counted(sum, nowhere, radius));
    expect(counted(sum, leading, radius)).toBeGreaterThan(3);
    const y = Math.sqrt(radius ** 2 - leading.above ** 2);
    expect(Math.abs(sum.slopes[sum.top]! * y)).toBeGreaterThan(2 * Math.PI);
  }
});
