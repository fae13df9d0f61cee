import { SeededRandom } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import { exponentOf } from "../src/directed-rounding.js";
import { LeadingClass } from "../src/leading-class.js";
import { SlopeGrid } from "../src/slope-grid.js";
import { halfSpreadUp } from "../src/spread.js";
import { asRow, drawnRow, KINDS, type PlainRow, plainMoments } from "./tilted-rows.js";

interface Gridded {
  readonly grid: SlopeGrid;
  readonly leading: LeadingClass;
  readonly led: boolean;
  readonly unit: number;
}

function gridded(plain: PlainRow, cells = 126): Gridded {
  const { row, range } = asRow(plain);
  const leading = new LeadingClass();
  const led = leading.find(row, range);
  const { minimum, maximum } = range;
  const exponent = exponentOf(halfSpreadUp(minimum, maximum)) + 1;
  const grid = new SlopeGrid(cells);
  const leader = led ? leading.leader : undefined;
  grid.fill(row, leading.weights, minimum, maximum, exponent, leader ?? minimum, leader);
  return { grid, leading, led, unit: 2 ** exponent };
}

/** Weight of the slope `leader` over that of all others at x. */
function lead({ z, a }: PlainRow, leader: number, x: number): number {
  let own = 0;
  let others = 0;
  for (let k = 0; k < z.length; k++) {
    const w = Math.exp(z[k]! + (a[k]! - leader) * x);
    if (a[k] === leader) own += w;
    else others += w;
  }
  return own / others;
}

describe.each(KINDS)("%s", (kind) => {
  test.each([
    [70, 126],
    [400, 126],
    [400, 504],
  ])("C = %i, %i cells: the variance bound holds at every tilt, and is close", (classes, cells) => {
    const random = new SeededRandom(classes + cells);
    for (let run = 0; run < 15; run++) {
      const plain = drawnRow(random, classes, kind);
      const { grid, leading, led, unit } = gridded(plain, cells);
      if (led) grid.addAtOrigin(leading.leaderWeight);
      for (const x of [0, 1, -1, 3, -7, 12, -25]) {
        expect(grid.at(x)).toBe(true);
        const true_ = plainMoments(plain, x / unit).variance / unit ** 2;
        const reach = Math.abs(x);
        const high = grid.moments[2]! * (1 + grid.excess(reach)) + grid.floor(reach);
        // The plain one sums C terms of a few roundings; exponents are below 200.
        expect(high).toBeGreaterThan(true_ * (1 - (classes + 400) * 2 ** -52));
        // Slopes move by at most a cell h <= 2 / cells: the variance by h sigma and h^2; weights by e^(h^2 x^2 / 8), twice.
        const h = 2 / cells;
        const grown = Math.exp(((h * x) ** 2 / 8) * 3) * Math.exp(h * reach);
        expect(high).toBeLessThan((true_ + h * h) * grown * (1 + 1e-6));
      }
    }
  });
});

test("the first moment is kept exactly, and the grid has the moments of its nodes", () => {
  const random = new SeededRandom(9);
  const plain = drawnRow(random, 200, "plain");
  const { grid, unit } = gridded(plain);
  grid.at(0);
  const { variance } = plainMoments(plain, 0);
  // About the mean of the grid, which is that of the row: the share within cells is below h^2 / 4, and not negative.
  const more = grid.moments[2]! - variance / unit ** 2;
  expect(more).toBeGreaterThan(0);
  expect(more).toBeLessThan(grid.floor(0) * (1 + 1e-5));
  expect(Math.abs(grid.moments[1]!)).toBeLessThan(1e-12);
  expect(grid.moments[4]! * grid.moments[2]!).toBeGreaterThan(grid.moments[3]! ** 2);
  expect(grid.moments[6]! * grid.moments[2]!).toBeGreaterThan(grid.moments[4]! ** 2);
  expect(grid.moments[6]! * grid.moments[4]!).toBeGreaterThan(grid.moments[5]! ** 2);
});

test.each(["plain", "leader", "lattice", "clusters"] as const)(
  "%s: the leader's interval is proven, and its end known to 2e-3",
  (kind) => {
    const random = new SeededRandom(3);
    let leads = 0;
    for (let run = 0; run < 60; run++) {
      const plain = drawnRow(random, 100, kind);
      plain.z[7]! += 3 + 8 * random.uniform();
      const { grid, leading, led, unit } = gridded(plain);
      if (!led || !grid.isBelow(leading.leaderWeight)) continue;
      for (const sign of [1, -1] as const) {
        const v = grid.belowUpTo(sign, leading.leaderWeight);
        if (v === undefined) continue;
        if (v === Infinity) {
          const beyond = plain.a.some((a) => sign * (a - leading.leader) > 0);
          expect(beyond).toBe(false);
          continue;
        }
        leads++;
        expect(lead(plain, leading.leader, (sign * v) / unit)).toBeGreaterThan(1);
        expect(grid.beyond).toBeGreaterThan(v);
        if (grid.beyond === Infinity) continue;
        expect(lead(plain, leading.leader, (sign * grid.beyond) / unit)).toBeLessThan(1);
        // log S(v) - log S(0) over v is at most the rate at v (convexity): with log(unit / S(0)) >= 0.1 and h <= 1 / 63 the ends
        // are h^2 v^2 / 8 and 1e-3 of v apart at most, each over that rate.
        const gap = Math.log(lead(plain, leading.leader, 0));
        if (gap > 0.1)
          expect(grid.beyond / v - 1).toBeLessThan(3e-3 + (1.3 * (v / 63) ** 2) / 8 / gap);
      }
    }
    expect(leads).toBeGreaterThan(50);
  },
);

test("masked classes count nothing, wherever their slopes lie", () => {
  const random = new SeededRandom(4);
  const plain = drawnRow(random, 100, "plain");
  const more = {
    z: Float64Array.of(...plain.z, -Infinity, -Infinity),
    a: Float64Array.of(...plain.a, 1e308, -1e9),
  };
  const one = gridded(plain).grid;
  const two = gridded(more).grid;
  one.at(1.5);
  two.at(1.5);
  expect([...two.moments]).toEqual([...one.moments]);
});

test("beyond its reach the grid says nothing", () => {
  const { grid } = gridded(drawnRow(new SeededRandom(1), 70, "plain"));
  expect(grid.at(61)).toBe(false);
  expect(grid.at(Number.NaN)).toBe(false);
  expect(grid.excess(1e4)).toBe(Infinity);
});
