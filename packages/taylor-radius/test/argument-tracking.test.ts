import { SeededRandom } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import {
  arc,
  type Budget,
  type ContourPiece,
  driftBetween,
  junction,
  type Stop,
  segment,
  trackArgument,
} from "../src/argument-tracking.js";
import {
  type ExponentialSum,
  evaluate,
  exponentialSum,
  newEvaluation,
} from "../src/exponential-sum.js";
import { type ZeroFreeDisk, zeroFreeDisk } from "../src/zero-free-disk.js";

const at = newEvaluation();

/** Change of arg F along a piece by so many small steps, each the principal one. */
function bySmallSteps(sum: ExponentialSum, piece: ContourPiece, steps: number): number {
  let total = 0;
  let last = NaN;
  for (let i = 0; i <= steps; i++) {
    evaluate(sum, piece.x(i / steps), piece.y(i / steps), at);
    const argument = Math.atan2(at.im, at.re);
    if (i > 0) {
      const turn = argument - last;
      total += turn - 2 * Math.PI * Math.round(turn / (2 * Math.PI));
    }
    last = argument;
  }
  return total;
}

/** F = (1 + e^t)(1 + c e^t), c > 0, in normal form, with slopes -1/2, 0, 1/2: zeros at 2 (i pi - log c) and 2 i pi in s. */
function product(c: number): ExponentialSum {
  return exponentialSum([0, Math.log(1 + c), Math.log(c)], [0, 1, 2]);
}

function tracked(sum: ExponentialSum, piece: ContourPiece, budget: Budget = { left: 1e4 }) {
  const result = trackArgument(sum, piece, budget);
  if ("failure" in result) throw new Error(result.failure);
  return result;
}

describe("pieces", () => {
  test("an arc: points, and which part of it a disk covers", () => {
    const piece = arc(2, 0.5, 2.5, 3, -1);
    for (const u of [0, 0.3, 1]) {
      expect(piece.x(u)).toBeCloseTo(3 + 2 * Math.cos(0.5 + 2 * u), 15);
      expect(piece.y(u)).toBeCloseTo(-1 + 2 * Math.sin(0.5 + 2 * u), 15);
    }
    for (const h of [1e-3, 0.7, 1.5]) {
      const covered = piece.reach(h);
      const chord = Math.hypot(
        piece.x(0.1 + covered) - piece.x(0.1),
        piece.y(0.1 + covered) - piece.y(0.1),
      );
      expect(chord).toBeCloseTo(h, 13);
    }
    // Beyond the diameter, everything; backwards as far as forwards.
    expect(piece.reach(4)).toBe(Infinity);
    expect(piece.reach(3.999)).toBeLessThan(Infinity);
    expect(arc(2, 2.5, 0.5).reach(0.7)).toBe(arc(2, 0.5, 2.5).reach(0.7));
    expect(piece.modulus).toBe(2 + Math.hypot(3, 1));
    expect(arc(2, 0, 1).modulus).toBe(2);
  });

  test("a segment: points, reach, and the larger modulus of its ends", () => {
    const piece = segment(1, 2, 4, 6);
    expect([piece.x(0), piece.y(0), piece.x(1), piece.y(1)]).toEqual([1, 2, 4, 6]);
    expect([piece.x(0.5), piece.y(0.5)]).toEqual([2.5, 4]);
    expect(piece.reach(2.5)).toBe(0.5);
    expect(piece.modulus).toBe(Math.hypot(4, 6));
    expect(segment(-4, 6, 1, 2).modulus).toBe(Math.hypot(4, 6));
  });
});

describe("links of stops", () => {
  const stop = (part: Partial<Stop>): Stop => ({
    u: 0,
    argument: 0,
    reach: 0,
    rateRe: 0,
    rateIm: 0,
    x: 0,
    y: 0,
    ...part,
  });

  test("the junction lies in both disks, between the stops", () => {
    for (const [p, q] of [
      [stop({ u: 0.1, reach: 0.2 }), stop({ u: 0.4, reach: 0.15 })],
      [stop({ u: 0.1, reach: 0.9 }), stop({ u: 0.4, reach: 0.01 })],
      [stop({ u: 0.1, reach: 0.01 }), stop({ u: 0.4, reach: 0.9 })],
    ] as const) {
      const u = junction(p, q);
      expect(u).toBeGreaterThanOrEqual(Math.max(p.u, q.u - q.reach));
      expect(u).toBeLessThanOrEqual(Math.min(q.u, p.u + p.reach));
    }
  });

  test("the drift is that of the rates along the ways to the junction", () => {
    const p = stop({ x: 1, y: 2, rateRe: 3, rateIm: -5 });
    const q = stop({ x: 0.5, y: 7, rateRe: -0.25, rateIm: 4 });
    // (3 - 5 i)(2 + 3 i) = 21 - i; (-0.25 + 4 i)(2.5 - 2 i) = 7.375 + 10.5 i.
    expect(driftBetween(p, q, 3, 5)).toBe(-1 - 10.5);
  });
});

describe("trackArgument", () => {
  test("the change of arg F is that of a thousand small steps", () => {
    const random = new SeededRandom(3);
    for (let run = 0; run < 6; run++) {
      const n = 3 + run;
      const sum = exponentialSum(random.normals(n, 2), random.normals(n));
      const radius = 4 + 6 * random.uniform();
      const piece =
        run % 2 === 0
          ? arc(radius, 0.2, 3, random.normal(), random.normal())
          : segment(-radius, 3 + random.normal(), radius, 4 + 3 * random.normal());
      const { change, start, end } = tracked(sum, piece);
      // Arguments err by the error of F over |F|: at most 0.1 at either end, far less here.
      expect(Math.abs(change - bySmallSteps(sum, piece, 1000))).toBeLessThan(1e-9);
      evaluate(sum, piece.x(0), piece.y(0), at);
      expect(start).toBe(Math.atan2(at.im, at.re));
      evaluate(sum, piece.x(1), piece.y(1), at);
      expect(end).toBe(Math.atan2(at.im, at.re));
    }
  });

  test.each([1e-2, 1e-3, 1e-5, 1e-7, 1e-9])(
    "a circle at a relative distance of %f from zeros turns by 2 pi for each inside, and not for those outside",
    (gap) => {
      // Zeros above at 2 pi i and 2 (pi i - log c), below their conjugates.
      for (const c of [1.5, 0.2]) {
        const sum = product(c);
        const far = Math.hypot(2 * Math.PI, 2 * Math.log(c));
        const turns = (radius: number): number =>
          (tracked(sum, arc(radius, 0, Math.PI)).change +
            tracked(sum, arc(radius, Math.PI, 2 * Math.PI)).change) /
          (2 * Math.PI);
        expect(turns(2 * Math.PI * (1 - gap))).toBeCloseTo(0, 6);
        expect(turns(2 * Math.PI * (1 + gap / 10))).toBeCloseTo(2, 6);
        expect(turns(far * (1 - gap / 10))).toBeCloseTo(2, 6);
        expect(turns(far * (1 + gap))).toBeCloseTo(4, 6);
      }
    },
  );

  test("long steps turn by many whole turns where one term rules", () => {
    const sum = product(1.5);
    for (const [x, slope] of [
      [90, 0.5],
      [-90, -0.5],
    ] as const) {
      const budget = { left: 1000 };
      const { change } = tracked(sum, segment(x, -300, x, 300), budget);
      // One step turns by up to 20: the change is that of the term.
      expect(change).toBeCloseTo(600 * slope, 9);
      expect(1000 - budget.left).toBeLessThan(30);
    }
  });

  test("a rectangle with a side 1e-6 from a zero, run through both ways", () => {
    const sum = product(3);
    for (const [side, inside] of [
      [-1e-6, 2],
      [1e-6, 1],
    ] as const) {
      const corners = [
        [side, 5],
        [side, 8],
        [-4, 8],
        [-4, 5],
      ] as const;
      let total = 0;
      let back = 0;
      corners.forEach(([x, y], i) => {
        const [nextX, nextY] = corners[(i + 1) % 4]!;
        total += tracked(sum, segment(x, y, nextX, nextY)).change;
        back += tracked(sum, segment(nextX, nextY, x, y)).change;
      });
      expect(total / (2 * Math.PI)).toBeCloseTo(side < 0 ? inside - 1 : inside + 1, 6);
      expect(back).toBeCloseTo(-total, 6);
    }
  });

  test("every stop is told with F / F' there, and costs one evaluation", () => {
    const sum = product(1.5);
    const budget = { left: 500 };
    const stops: [number, number, number, number][] = [];
    const piece = arc(7, 0.3, 2.9);
    trackArgument(sum, piece, budget, (...stop) => stops.push(stop));
    expect(500 - budget.left).toBe(stops.length);
    for (const [x, y, stepRe, stepIm] of stops) {
      expect(Math.hypot(x, y)).toBeCloseTo(7, 13);
      evaluate(sum, x, y, at);
      // (step) F' = F.
      const re = stepRe * at.derivativeRe - stepIm * at.derivativeIm;
      const im = stepRe * at.derivativeIm + stepIm * at.derivativeRe;
      expect(Math.hypot(re - at.re, im - at.im)).toBeLessThan(1e-14);
    }
    // No hint where F' is 0, as at the origin of a symmetric sum.
    let told = 0;
    trackArgument(
      exponentialSum([0, 0, 0], [-1, 0, 1]),
      segment(0, 0, 1, 0),
      { left: 9 },
      () => told++,
    );
    const spent = { left: 9 };
    trackArgument(exponentialSum([0, 0, 0], [-1, 0, 1]), segment(0, 0, 1, 0), spent);
    expect(told).toBe(9 - spent.left - 1);
  });

  test("costs: as many stops as a proven step allows, growing with the logarithm of the distance to a zero", () => {
    const stops = (sum: ExponentialSum, piece: ContourPiece): number => {
      const budget = { left: 1e4 };
      tracked(sum, piece, budget);
      return 1e4 - budget.left;
    };
    // Along the real axis, far from all zeros.
    expect(stops(product(1.5), segment(-3, 0, 3, 0))).toBeLessThanOrEqual(4);
    const near = [1e-2, 1e-4, 1e-6, 1e-8].map((gap) =>
      stops(product(1.5), arc(2 * Math.PI * (1 - gap), 0.3, Math.PI - 0.3)),
    );
    near.forEach((n, i) => {
      expect(n).toBeLessThanOrEqual(16 + 10 * i);
    });
  });

  test("what stops it", () => {
    const sum = product(1.5);
    const piece = arc(7, 0.3, 2.9);
    const full = { left: 1000 };
    tracked(sum, piece, full);
    const needed = 1000 - full.left;
    expect(trackArgument(sum, piece, { left: 0 })).toEqual({ failure: "budget" });
    const short = { left: needed - 1 };
    expect(trackArgument(sum, piece, short)).toEqual({ failure: "budget" });
    expect(short.left).toBe(0);
    expect("failure" in trackArgument(sum, piece, { left: needed })).toBe(false);
    // Through a zero: F is all rounding there, at the start or on the way.
    const zero = 2 * Math.PI;
    expect(trackArgument(sum, segment(0, zero, 1, zero), { left: 99 })).toEqual({
      failure: "cancellation",
    });
    const through = trackArgument(sum, segment(-1, zero, 1, zero), { left: 999 });
    expect("failure" in through && through.failure).toMatch(/cancellation|zero-near/);
    // Exponents that have lost all digits.
    expect(trackArgument(sum, segment(1e15, 1, 1e15, 2), { left: 99 })).toEqual({
      failure: "range",
    });
  });

  test("a disk counts less the rounding of coordinates, 16 u of the largest modulus", () => {
    const sum = product(1.5);
    const disk: ZeroFreeDisk = { radius: 0, rateRe: 0, rateIm: 0 };
    for (const modulus of [1, 1e13]) {
      const plain = segment(0, 1, 2, 1);
      const told: number[] = [];
      const piece: ContourPiece = {
        ...plain,
        modulus,
        reach(h) {
          told.push(h);
          return plain.reach(h);
        },
      };
      tracked(sum, piece);
      evaluate(sum, 0, 1, at);
      zeroFreeDisk(sum, at, disk);
      expect(told[0]).toBeLessThanOrEqual(disk.radius * (1 - 1e-9) - 16 * 2 ** -53 * modulus);
      expect(told[0]).toBeGreaterThan(disk.radius * (1 - 2e-9) - 17 * 2 ** -53 * modulus);
    }
    const blurred = { ...segment(0, 1, 2, 1), modulus: 1e17 };
    expect(trackArgument(sum, blurred, { left: 9 })).toEqual({ failure: "zero-near-contour" });
    // A disk that covers less than 1e-13 of the piece would need as many stops.
    const long = { ...segment(0, 1, 2, 1), reach: () => 1e-13 };
    expect(trackArgument(sum, long, { left: 9 })).toEqual({ failure: "zero-near-contour" });
  });
});
