import { SeededRandom } from "@xent/linalg";
import { loadReference } from "@xent/testkit";
import { describe, expect, test } from "vitest";
import { dominanceInterval } from "../src/dominance.js";
import { exponentialSum } from "../src/exponential-sum.js";
import { addDisjoint, multiplicityBelow, searchNearest } from "../src/ghost-search.js";
import { nearestGhost } from "../src/index.js";

const upTo = (n: number): number[] => Array.from({ length: n }, (_, k) => k);

/** Logits of (1 + e^t)^m on slopes 0..m. */
function binomial(m: number): number[] {
  const z = [0];
  for (let k = 1; k <= m; k++) z.push(z[k - 1]! + Math.log((m - k + 1) / k));
  return z;
}

/** Weights of a normal law out to `deviations`, on a lattice. */
function gaussian(n: number, deviations: number): number[] {
  const middle = (n - 1) / 2;
  return upTo(n).map((k) => -0.5 * (((k - middle) * deviations) / middle) ** 2);
}

/** (1 + 2 q w + w^2)(1 + w / 20) with q = e^gap: two zeros that nearly meet at i pi, and one further off. */
function nearlyDouble(gap: number): number[] {
  const q2 = 2 * Math.exp(gap);
  return [1, q2 + 0.05, 1 + 0.05 * q2, 0.05].map(Math.log);
}

/**
 * Counts are deterministic but for the last bits of the engine's sine and cosine, which shift a
 * few stops: what was measured plus three in a hundred.
 */
const allowed = (measured: number): number => Math.ceil(1.03 * measured);

describe("evaluations, as measured, and brackets", () => {
  // Logits on slopes 0, 1, 2, ...; evaluations; relative width of the bracket; pi or the radius in closed form.
  test.each([
    ["equal weights, 3", [0, 0, 0], 24, 6e-15, (2 * Math.PI) / 3],
    ["equal weights, 5", new Array<number>(5).fill(0), 25, 8e-15, (2 * Math.PI) / 5],
    ["equal weights, 20", new Array<number>(20).fill(0), 34, 7e-15, Math.PI / 10],
    ["equal weights, 60", new Array<number>(60).fill(0), 19, 7e-15, Math.PI / 30],
    ["a double zero", binomial(2), 111, 7e-8, Math.PI],
    ["a triple zero", binomial(3), 137, 2.3e-5, Math.PI],
    ["four at once", binomial(4), 279, 3.3e-4, Math.PI],
    ["five at once", binomial(5), 647, 2e-3, Math.PI],
    ["eight at once", binomial(8), 2249, 2.3e-2, Math.PI],
    [
      "1e-2 from double",
      nearlyDouble(1e-2),
      74,
      3e-14,
      Math.hypot(Math.PI, Math.acosh(Math.exp(1e-2))),
    ],
    [
      "1e-4 from double",
      nearlyDouble(1e-4),
      88,
      2e-13,
      Math.hypot(Math.PI, Math.acosh(Math.exp(1e-4))),
    ],
    [
      "1e-6 from double",
      nearlyDouble(1e-6),
      99,
      3e-12,
      Math.hypot(Math.PI, Math.acosh(Math.exp(1e-6))),
    ],
    ["1e-8 from double", nearlyDouble(1e-8), 111, 2e-11, undefined],
    ["1e-10 from double", nearlyDouble(1e-10), 123, 2e-10, undefined],
    ["1e-12 from double", nearlyDouble(1e-12), 131, 4e-8, undefined],
    ["1e-4 beyond double", nearlyDouble(-1e-4), 91, 2e-13, Math.PI - Math.acos(Math.exp(-1e-4))],
    ["1e-2 beyond double", nearlyDouble(-1e-2), 78, 3e-14, Math.PI - Math.acos(Math.exp(-1e-2))],
    ["normal weights, 11 to 4 deviations", gaussian(11, 4), 754, 4e-14, undefined],
    ["normal weights, 21 to 4 deviations", gaussian(21, 4), 407, 5e-14, undefined],
    ["normal weights, 41 to 4 deviations", gaussian(41, 4), 491, 5e-14, undefined],
  ] as const)("%s", (_, z, evaluations, width, radius) => {
    const ghost = nearestGhost(z, upTo(z.length));
    expect(ghost.evaluations).toBeLessThanOrEqual(allowed(evaluations));
    expect(ghost.upper / ghost.lower - 1).toBeLessThanOrEqual(width);
    expect(ghost.certified).toBe(ghost.upper - ghost.lower <= 1e-6 * ghost.upper);
    if (!ghost.certified) expect(ghost.reason).toBe("clustered-zeros");
    expect(ghost.radius).toBeGreaterThanOrEqual(ghost.lower);
    expect(ghost.radius).toBeLessThanOrEqual(ghost.upper);
    if (radius === undefined) return;
    // Logits are rounded, by 4 u: m zeros that nearly meet move by at most the m-th root of a few times that,
    // and are then known no better.
    const slack = 1e-14 + ghost.upper / ghost.lower - 1;
    expect(ghost.lower).toBeLessThanOrEqual(radius * (1 + 8 * slack));
    expect(ghost.upper).toBeGreaterThanOrEqual(radius * (1 - 8 * slack));
  });

  // (1 + e^t)^m with its logits moved by a gap: m zeros that nearly meet. Evaluations, proven lower end, certified.
  test.each([
    [2, 1e-2, 75, 3.1447847552067842, true],
    [2, 1e-4, 84, 3.1416244854779576, true],
    [2, 1e-6, 90, 3.141592971897513, true],
    [2, 1e-8, 204, 3.1414256057936476, false],
    [2, 1e-10, 208, 3.1415783042935135, false],
    [2, -1e-10, 178, 3.1415783042935135, false],
    [2, -1e-8, 173, 3.1414256057954075, false],
    [2, -1e-6, 107, 3.140178440256791, true],
    [2, -1e-4, 101, 3.1274507536667104, true],
    [2, -1e-2, 96, 3.0004068813410707, true],
    [3, 1e-2, 89, 2.890775853125918, true],
    [3, 1e-4, 131, 3.08444990966771, true],
    [3, 1e-6, 147, 3.129140777162834, true],
    [3, 1e-8, 161, 3.138903489270268, true],
    [3, 1e-10, 289, 3.1407961078289377, false],
    [3, -1e-10, 283, 3.14079610782904, false],
    [3, -1e-8, 162, 3.1389007013263672, true],
    [3, -1e-6, 146, 3.1290806535820828, true],
    [4, 1e-2, 67, 2.580238233077279, true],
    [4, 1e-4, 252, 2.963785663640521, true],
    [4, 1e-6, 244, 3.0853591315792332, true],
    [4, 1e-8, 260, 3.1238098771215363, true],
    [4, 1e-10, 218, 3.135797315382259, false],
    [4, -1e-10, 381, 3.1357969144428726, false],
    [4, -1e-8, 401, 3.129011947833094, true],
    [4, -1e-4, 160, 3.0152960536717046, true],
    [5, 1e-2, 82, 2.511323166963175, true],
    [5, 1e-4, 517, 2.9177425130566452, true],
    [5, 1e-6, 454, 3.0564988498677996, true],
    [5, 1e-8, 449, 3.0985159206604798, false],
    [5, 1e-10, 561, 3.127436764498199, false],
    [5, -1e-8, 205, 3.108993101717453, true],
    [5, -1e-6, 454, 3.0609799483594915, true],
    [5, -1e-4, 541, 2.9456103214784677, true],
    [5, -1e-2, 135, 2.6558925802218316, true],
  ])("%i zeros, %f apart from meeting", (m, gap, evaluations, lower, certified) => {
    const z = binomial(m);
    z[1]! += gap;
    if (m > 3) z[m - 2]! -= gap;
    const ghost = nearestGhost(z, upTo(m + 1));
    expect(ghost.evaluations).toBeLessThanOrEqual(allowed(evaluations));
    expect(ghost.certified).toBe(certified);
    // The same circles are proven empty, up to the zeros' own rounding.
    expect(Math.abs(ghost.lower / lower - 1)).toBeLessThan(certified ? 1e-6 : 1e-4);
    expect(ghost.radius).toBeGreaterThanOrEqual(ghost.lower);
    expect(ghost.radius).toBeLessThanOrEqual(ghost.upper);
    const { re, im } = ghost.zero!;
    // Where the bracket is wide, the point is within it too.
    expect(Math.hypot(re, im)).toBeGreaterThan(ghost.lower * (1 - 1e-9));
    expect(Math.hypot(re, im)).toBeLessThan(ghost.upper * (1 + 1e-9));
  });

  // Where |F| sinks towards its rounding errors along whole circles: what 150 and 600 evaluations prove.
  test.each([
    ["six at once", binomial(6), 1.99737, 2.496713],
    ["eight at once", binomial(8), 1.498028, 2.340668],
    ["twelve at once", binomial(12), 1.248356, 2.438196],
    ["normal weights, 31 to 5 deviations", gaussian(31, 5), 0.104719, 0.104719],
    ["normal weights, 41 to 8 deviations", gaussian(41, 8), 0.731459, 1.785788],
  ])("%s", (_, z, few, more) => {
    for (const [maxEvaluations, lower] of [
      [150, few],
      [600, more],
    ] as const) {
      const ghost = nearestGhost(z, upTo(z.length), { maxEvaluations });
      expect(ghost).toMatchObject({ certified: false, reason: "budget" });
      expect(ghost.evaluations).toBe(maxEvaluations);
      expect(ghost.lower).toBeGreaterThan(lower);
      expect(ghost.lower).toBeLessThan(Math.PI);
      expect(ghost.upper).toBeGreaterThanOrEqual(ghost.lower);
    }
  });

  test("exponents without digits, radii beyond the doubles", () => {
    const lost = nearestGhost([1e17, 0, 3], [0, 1, 2], { maxEvaluations: 100 });
    expect(lost).toMatchObject({ certified: false, reason: "range", upper: Infinity });
    expect(lost.lower).toBeGreaterThan(4.9e16);
    expect(lost.lower).toBeLessThanOrEqual(5e16);
    const far = nearestGhost([0, 1, 2], [-1e-308, 0, 1e-308]);
    expect(far).toMatchObject({ certified: false, reason: "range", lower: Number.MAX_VALUE });
  });

  test("all of the reference file", () => {
    const cases = loadReference<{ z: number[]; a: number[] }[]>(
      "./reference/radius.json",
      import.meta.url,
    );
    const spent = cases.map(({ z, a }) => nearestGhost(z, a).evaluations);
    // Three in a hundred: single stops average out.
    expect(spent.reduce((s, n) => s + n)).toBeLessThanOrEqual(1.03 * 1395);
  });

  // Classes, cases, evaluations of all.
  test.each([
    [3, 40, 780],
    [5, 40, 1195],
    [10, 30, 1137],
    [40, 10, 417],
    [100, 6, 476],
  ])("%i classes, %i random cases", (classes, runs, measured) => {
    const random = new SeededRandom(classes);
    let spent = 0;
    for (let run = 0; run < runs; run++) {
      const ghost = nearestGhost(random.normals(classes), random.normals(classes));
      expect(ghost.certified).toBe(true);
      expect(ghost.upper / ghost.lower - 1).toBeLessThan(1e-11);
      spent += ghost.evaluations;
    }
    expect(spent).toBeLessThanOrEqual(1.03 * measured);
  });
});

describe("whatever the budget, the bracket holds the radius", () => {
  test.each([
    ["random", [0.3, -1, 0.7, 0.1, -0.4]],
    ["a double zero", binomial(2)],
    ["nearly double", nearlyDouble(1e-8)],
    ["normal weights", gaussian(11, 4)],
  ])("%s", (_, z) => {
    const a = upTo(z.length);
    const full = nearestGhost(z, a);
    expect(full.certified).toBe(true);
    let best = 0;
    for (let budget = 1; budget < full.evaluations + 20; budget += 1 + (budget >> 4)) {
      const ghost = nearestGhost(z, a, { maxEvaluations: budget });
      expect(ghost.evaluations).toBeLessThanOrEqual(budget);
      expect(ghost.lower).toBeLessThanOrEqual(full.upper);
      expect(ghost.upper).toBeGreaterThanOrEqual(full.lower);
      if (!ghost.certified) expect(ghost.reason).toBe("budget");
      best = Math.max(best, ghost.lower);
      // What is proven early stays proven.
      expect(ghost.lower).toBeGreaterThan(0.99 * Math.min(best, full.lower));
    }
    expect(nearestGhost(z, a, { maxEvaluations: full.evaluations })).toEqual(full);
  });
});

describe("disks of isolated zeros", () => {
  const disk = (x: number, y: number, radius: number, multiplicity = 1) => ({
    x,
    y,
    radius,
    multiplicity,
    separable: false,
  });

  test("a list stays disjoint, whatever is added", () => {
    const a = disk(0, 3, 0.5);
    const b = disk(2, 3, 0.5);
    for (const met of [
      disk(0, 3, 0.1), // within one of them
      disk(0.7, 3, 0.3), // overlapping
      disk(1, 3, 0.5), // touching
      disk(0, 3, 0.9), // around a simple one, and simple itself
      disk(0.3, 3, 0.7, 2), // a cluster that leaves part of one outside
      disk(0, 3, 0.5, 2), // as large
      disk(1, 3, 1.49, 3), // nearly around both
      disk(5, 1, 1), // down to the real axis
      disk(5, 1, 2),
    ]) {
      const zeros = [a, b];
      expect(addDisjoint(zeros, met)).toBe(false);
      expect(zeros).toEqual([a, b]);
    }
    const zeros = [a, b];
    const apart = disk(1, 3, 0.49);
    expect(addDisjoint(zeros, apart)).toBe(true);
    expect(zeros).toEqual([a, b, apart]);
    const low = disk(5, 1, 0.99);
    expect(addDisjoint(zeros, low)).toBe(true);
    expect(zeros).toEqual([a, b, apart, low]);
  });

  test("a cluster replaces what it contains, and has more zeros than each", () => {
    const a = disk(0, 3, 0.5);
    const b = disk(2, 3, 0.5, 2);
    const c = disk(9, 9, 1);
    const both = disk(1, 3, 1.51, 3);
    const zeros = [a, b, c];
    expect(addDisjoint(zeros, both)).toBe(true);
    expect(zeros).toEqual([c, both]);
    const few = [a, b, c];
    expect(addDisjoint(few, disk(1, 3, 1.51, 2))).toBe(false);
    expect(few).toEqual([a, b, c]);
    expect(addDisjoint([a], disk(0, 3, 0.6, 2))).toBe(true);
  });

  test("multiplicities below a circle: those within it, none of those outside, no answer for a disk across", () => {
    const zeros = [disk(3, 4, 0.5, 2), disk(0, 7, 0.5), disk(0, 20, 1, 4)];
    expect(multiplicityBelow(zeros, 4.4)).toBe(0);
    expect(multiplicityBelow(zeros, 5.6)).toBe(2);
    expect(multiplicityBelow(zeros, 6.4)).toBe(2);
    expect(multiplicityBelow(zeros, 7.6)).toBe(3);
    expect(multiplicityBelow(zeros, 30)).toBe(7);
    for (const radius of [4.6, 5.4, 6.6, 7.4, 19.5]) {
      expect(multiplicityBelow(zeros, radius)).toBeUndefined();
    }
    // Within a relative 1e-13 of the circle nothing is said.
    for (const radius of [4.5, 5.5]) {
      expect(multiplicityBelow(zeros, radius)).toBeUndefined();
      expect(multiplicityBelow(zeros, radius * (1 + (radius - 5) * 1e-13))).toBeUndefined();
      expect(multiplicityBelow(zeros, radius * (1 + (radius - 5) * 4e-13))).toBe(
        radius < 5 ? 0 : 2,
      );
    }
    expect(multiplicityBelow([], 1)).toBe(0);
  });
});

describe("searchNearest", () => {
  const z = [0.3, -1, 0.7, 0.1, -0.4];
  const sum = exponentialSum(z, upTo(5));
  const dominance = dominanceInterval(sum);
  const full = nearestGhost(z, upTo(5));

  test("brackets in the units of the normal form, from a bound given", () => {
    const start = 0.9 * full.lower * 2 ** sum.exponent;
    const found = searchNearest(sum, dominance, start, 1e-7, { left: 1000 });
    const unit = 2 ** sum.exponent;
    expect(found.failure).toBeUndefined();
    expect(found.lower).toBeLessThanOrEqual(full.upper * unit);
    expect(found.upper).toBeGreaterThanOrEqual(full.lower * unit);
    expect(found.upper / found.lower - 1).toBeLessThan(1e-14);
    const modulus = Math.hypot(found.nearest!.x, found.nearest!.y);
    expect(modulus).toBeGreaterThanOrEqual(found.lower);
    expect(modulus).toBeLessThanOrEqual(found.upper);
    // A bound that is better than what can be proven is kept.
    const above = searchNearest(sum, dominance, full.radius * unit, 1e-7, { left: 1000 });
    expect(above.lower).toBe(full.radius * unit);
  });

  test("no budget: the bound given, and nothing else", () => {
    expect(searchNearest(sum, dominance, 1, 1e-7, { left: 0 })).toEqual({
      lower: 1,
      upper: Infinity,
      nearest: undefined,
      failure: "budget",
    });
  });
});
