import { DimensionError, DomainError, SeededRandom } from "@xent/linalg";
import { loadReference } from "@xent/testkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  binaryRadius,
  dominanceRadius,
  ghostsInDisk,
  type NearestGhost,
  nearestGhost,
} from "../src/index.js";
import { exactly } from "./exact-decimal.js";
import { D, ghostDistances } from "./polynomial-oracle.js";

interface Reference {
  readonly name: string;
  readonly z: number[];
  readonly a: number[];
  readonly rho_star: string;
  readonly zero: readonly [string, string] | null;
}

function expectEncloses(ghost: NearestGhost, exact: InstanceType<typeof D>): void {
  expect(exact.gte(exactly(ghost.lower)), `${ghost.lower} <= ${exact.toString()}`).toBe(true);
  if (ghost.upper < Infinity) {
    expect(exact.lte(exactly(ghost.upper)), `${exact.toString()} <= ${ghost.upper}`).toBe(true);
  }
}

const slopesUpTo = (n: number): number[] => Array.from({ length: n }, (_, k) => k);

describe("reference file (nearest zero proven by ball arithmetic)", () => {
  const cases = loadReference<Reference[]>("./reference/radius.json", import.meta.url);
  test.each(cases.map((c) => [c.name, c] as const))("%s", (_name, c) => {
    const ghost = nearestGhost(c.z, c.a);
    expect(ghost.certified).toBe(true);
    if (c.rho_star === "Infinity") {
      expect(ghost).toMatchObject({ radius: Infinity, lower: Infinity, zero: undefined });
      return;
    }
    const exact = new D(c.rho_star);
    expectEncloses(ghost, exact);
    const width = (ghost.upper - ghost.lower) / ghost.upper;
    // The reference zeros are simple: the bracket is as narrow as the default asks, and the value lies in it.
    expect(width).toBeLessThanOrEqual(1e-6);
    expect(ghost.radius).toBeGreaterThanOrEqual(ghost.lower);
    expect(ghost.radius).toBeLessThanOrEqual(ghost.upper);
    // The file's conjugate may be the other one, and equal distances may belong to other zeros.
    const distance = Math.hypot(Number(c.zero![0]), Number(c.zero![1]));
    expect(Math.abs(Math.hypot(ghost.zero!.re, ghost.zero!.im) / distance - 1)).toBeLessThanOrEqual(
      width + 1e-15,
    );
  });
});

describe("against all roots of the polynomial in 60 digits", () => {
  const logit = fc.oneof(
    fc.double({ min: -3, max: 3, noNaN: true }),
    fc.double({ min: -30, max: 30, noNaN: true }),
    fc.constantFrom(0, 1, -1),
  );
  test("random weights", () => {
    fc.assert(
      fc.property(fc.array(logit, { minLength: 3, maxLength: 7 }), (z) => {
        let distances: ReturnType<typeof ghostDistances>;
        try {
          distances = ghostDistances(z);
        } catch {
          // Multiple roots: the oracle converges linearly and gives up; they have their own tests.
          return fc.pre(false);
        }
        const ghost = nearestGhost(z, slopesUpTo(z.length));
        expectEncloses(ghost, distances[0]!);
        if (distances.length < 4 || distances[2]!.minus(distances[0]!).gt(1e-3)) {
          expect(ghost.certified).toBe(true);
        }
        expect(dominanceRadius(z, slopesUpTo(z.length))).toBeLessThanOrEqual(ghost.upper);
      }),
      { numRuns: 60 },
    );
  });

  test.each([1e-2, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12, 1e-13, -1e-13, -1e-12, -1e-10, -1e-8, -1e-4])(
    "near-double zeros: 1 + 2 e^%f w + w^2, and with a third factor",
    (gap) => {
      const middle = Math.log(2) + gap;
      const alone = nearestGhost([0, middle, 0], [0, 1, 2]);
      expectEncloses(alone, ghostDistances([0, middle, 0])[0]!);
      // (1 + 2 q w + w^2)(1 + w / 20), whose logits are rounded: the oracle takes the rounded ones.
      const q2 = 2 * Math.exp(gap);
      const z = [1, q2 + 0.05, 1 + 0.05 * q2, 0.05].map(Math.log);
      expectEncloses(nearestGhost(z, [0, 1, 2, 3]), ghostDistances(z)[0]!);
    },
  );
});

describe("closed forms", () => {
  test.each([3, 5, 8, 30, 1000])("equal weights on a lattice of %i: 2 pi / n", (n) => {
    const ghost = nearestGhost(new Float64Array(n), slopesUpTo(n));
    expect(ghost.certified).toBe(true);
    expectEncloses(ghost, D.acos(-1).times(2).div(n));
  });

  test.each([2, 3, 4, 6, 8, 12])("(1 + e^t)^%i has a zero of that order at i pi", (m) => {
    const z = slopesUpTo(m + 1);
    for (let k = 1; k <= m; k++) z[k] = z[k - 1]! + Math.log((m - k + 1) / k);
    z[0] = 0;
    const ghost = nearestGhost(z, slopesUpTo(m + 1));
    // The logits are rounded, which scatters the m zeros by at most (m (|z| + m) 2^-53 2^m)^(1/m).
    const scatter = (m * (z[m >> 1]! + m) * 2 ** -53 * 2 ** m) ** (1 / m);
    expect(ghost.lower).toBeLessThanOrEqual(Math.PI + scatter);
    expect(ghost.upper).toBeGreaterThanOrEqual(Math.PI - scatter);
    expect(ghost.lower).toBeGreaterThan(Math.PI / m);
    if (m >= 3) expect(ghost).toMatchObject({ certified: false });
    if (!ghost.certified) expect(ghost.reason).toMatch(/cluster|cancel|budget/);
  });

  // Binomial weights as copies of classes: an exact zero of order m, at i pi - c.
  test.each([
    [2, 1e-6],
    [3, 1e-4],
    [4, 1e-3],
    [5, 1e-2],
  ])("a zero of order %i is certified as a cluster, from a tolerance of %f on", (m, tolerance) => {
    let copies = 1;
    const powers: number[] = [];
    for (let k = 0; k <= m; k++) {
      for (let i = 0; i < copies; i++) powers.push(k);
      copies = Math.round((copies * (m - k)) / (k + 1));
    }
    for (const c of [0, 0.5, -2]) {
      const logits = powers.map((k) => c * k);
      const exact = new D(c).pow(2).plus(D.acos(-1).pow(2)).sqrt();
      const ghost = nearestGhost(logits, powers, { tolerance });
      expect(ghost.certified).toBe(true);
      expectEncloses(ghost, exact);
      // All m of them lie in a disk whose rim is counted, and none nearer.
      const disk = (radius: number) => ghostsInDisk(logits, powers, { re: 0, im: 0 }, radius).count;
      expect(disk(ghost.lower * (1 - 2 * tolerance))).toBe(0);
      expect(disk(ghost.upper * (1 + 0.1))).toBe(2 * m);
      // Rounding scatters the zeros by about u^(1/m): a tolerance below is not claimed, and the bracket stays right.
      const strict = nearestGhost(logits, powers, { tolerance: 2 ** (-50 / m) / 100 });
      expectEncloses(strict, exact);
      expect(strict.certified).toBe(false);
      expect(strict.reason).toBe("clustered-zeros");
    }
  });

  test("two classes", () => {
    const ghost = nearestGhost([1, -2], [0.5, 3]);
    expect(ghost.certified).toBe(true);
    expect(ghost.evaluations).toBe(0);
    expect(ghost.radius).toBe(binaryRadius([1, -2], [0.5, 3]));
    // exp(1 + 0.5 t) = -exp(-2 + 3 t).
    expect(ghost.zero!.re).toBeCloseTo(3 / 2.5, 14);
    expect(ghost.zero!.im).toBeCloseTo(Math.PI / 2.5, 14);
    // The same two classes, each split in two.
    const split = nearestGhost([1, 1, -2, -2], [0.5, 0.5, 3, 3]);
    expect(Math.abs(split.radius / ghost.radius - 1)).toBeLessThan(8 * 2 ** -53);
  });
});

describe("hostile inputs", () => {
  test("slopes closer than rounding separates, and logits up to 1e4", () => {
    const random = new SeededRandom(7);
    for (const range of [1e2, 1e3, 1e4]) {
      for (const classes of [3, 10, 100]) {
        const z = Array.from({ length: classes }, () => range * (2 * random.uniform() - 1));
        const a = Array.from({ length: classes }, () => random.normal());
        const ghost = nearestGhost(z, a);
        expect(ghost.certified).toBe(true);
        expect(ghost.lower).toBeGreaterThanOrEqual(dominanceRadius(z, a));
      }
    }
    // Moving slopes together by 1e-12 moves the zero by about as much.
    const near = nearestGhost([0, 0.3, 1, -1], [0, 1e-12, 1, 1 + 1e-12]);
    const merged = nearestGhost([0, 0.3, 1, -1], [0, 0, 1, 1]);
    expect(near.certified).toBe(true);
    expect(Math.abs(near.radius / merged.radius - 1)).toBeLessThan(2e-12);
  });

  test("what doubles cannot decide is said, with a proven lower bound", () => {
    const lost = nearestGhost([1e17, 0, 3], [0, 1, 2]);
    expect(lost).toMatchObject({ certified: false, reason: "range", upper: Infinity });
    // The zero is near x = -(1e17 - 3) / 2, where terms 1 and 3 meet.
    expect(lost.lower).toBeLessThanOrEqual(5e16);
    expect(lost.lower).toBeGreaterThan(4.9e16);
    const far = nearestGhost([0, 1, 2], [-1e-308, 0, 1e-308]);
    expect(far).toMatchObject({ certified: false, reason: "range", lower: Number.MAX_VALUE });
    const spent = nearestGhost([0, 0.1, 0.2, 0.3], [0, 0.3, 1, 1.1], { maxEvaluations: 5 });
    expect(spent).toMatchObject({ certified: false, reason: "budget" });
    expect(spent.evaluations).toBeLessThanOrEqual(5);
    expect(spent.lower).toBeGreaterThanOrEqual(Math.PI / 1.1000001);
    // Gaussian weights out to 8 deviations: |F| sinks below the rounding errors along whole circles.
    const lattice = slopesUpTo(41);
    const cancelled = nearestGhost(
      lattice.map((k) => -0.5 * ((k - 20) * 0.4) ** 2),
      lattice,
    );
    expect(cancelled.certified).toBe(false);
    expect(cancelled.lower).toBeGreaterThan(Math.PI / 40);
  });

  test("bad input", () => {
    expect(() => nearestGhost([], [])).toThrow(DimensionError);
    expect(() => nearestGhost([0, 1], [0])).toThrow(DimensionError);
    expect(() => nearestGhost([0, NaN], [0, 1])).toThrow(DomainError);
    expect(() => nearestGhost([-Infinity, -Infinity], [0, 1])).toThrow(/all -Infinity/);
    expect(() => nearestGhost([0, 1], [0, 1], { tolerance: 0 })).toThrow(DomainError);
    expect(() => nearestGhost([0, 1], [0, 1], { maxEvaluations: 0.5 })).toThrow(DomainError);
  });
});
