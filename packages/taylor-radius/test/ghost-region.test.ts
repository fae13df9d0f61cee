import { DimensionError, DomainError, SeededRandom } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import { ghostsInDisk, ghostsInRectangle, nearestGhost } from "../src/index.js";
import { D, ghostPoints } from "./polynomial-oracle.js";

/** Zeros of sum exp(z_k + k t) in |Im t| <= height, from the roots in 60 digits and their translates by 2 pi i. */
function expectedZeros(z: readonly number[], height: number): { re: number; im: number }[] {
  const period = D.acos(-1).times(2);
  const zeros: { re: number; im: number }[] = [];
  for (const { re, im } of ghostPoints(z)) {
    for (let k = -10; k <= 10; k++) {
      const y = im.plus(period.times(k)).toNumber();
      if (Math.abs(y) < height) zeros.push({ re: re.toNumber(), im: y });
    }
  }
  return zeros;
}

describe("against all roots of the polynomial in 60 digits", () => {
  test.each([1, 2, 3, 4, 5])("rectangle and disk, seed %i", (seed) => {
    const z = [...new SeededRandom(seed).normals(6, 3)];
    const slopes = [0, 1, 2, 3, 4, 5];
    const all = expectedZeros(z, 60);
    const rectangle = { left: -2, right: 2.3, bottom: -7, top: 18 };
    const inside = all.filter((t) => t.re > -2 && t.re < 2.3 && t.im > -7 && t.im < 18);
    const found = ghostsInRectangle(z, slopes, rectangle);
    expect(found.count).toBe(inside.length);
    expect(found.complete).toBe(true);
    for (const ghost of found.ghosts) {
      const nearest = Math.min(...inside.map((t) => Math.hypot(t.re - ghost.re, t.im - ghost.im)));
      // The stored comparison is a double: one rounding of each coordinate on top of the proven disk.
      expect(nearest).toBeLessThanOrEqual(ghost.error + 4e-16 * 20);
    }
    const centre = { re: 0.3, im: 4 };
    const disk = ghostsInDisk(z, slopes, centre, 9);
    const near = all.filter((t) => Math.hypot(t.re - centre.re, t.im - centre.im) < 9);
    expect(disk.count).toBe(near.length);
    expect(disk.complete).toBe(true);
  });
});

test("counts multiplicity", () => {
  const z = [0, Math.log(4), Math.log(6), Math.log(4), 0];
  const found = ghostsInDisk(z, [0, 1, 2, 3, 4], { re: 0, im: 3 }, 4);
  expect(found).toMatchObject({ count: 4, complete: true });
  expect(found.ghosts).toHaveLength(1);
  expect(found.ghosts[0]!.multiplicity).toBe(4);
  expect(Math.hypot(found.ghosts[0]!.re, found.ghosts[0]!.im - Math.PI)).toBeLessThanOrEqual(
    found.ghosts[0]!.error,
  );
});

test.each([3, 10, 40])("the nearest of all zeros is the nearest ghost (C = %i)", (classes) => {
  const random = new SeededRandom(classes);
  for (let run = 0; run < 4; run++) {
    const z = random.normals(classes, 2);
    const a = random.normals(classes);
    const nearest = nearestGhost(z, a);
    const disk = ghostsInDisk(z, a, { re: 0, im: 0 }, 2 * nearest.upper);
    expect(disk.complete).toBe(true);
    // Pairs of conjugates.
    expect(disk.count! % 2).toBe(0);
    const first = disk.ghosts[0]!;
    const modulus = Math.hypot(first.re, first.im);
    expect(modulus - first.error).toBeLessThanOrEqual(nearest.upper);
    expect(modulus + first.error).toBeGreaterThanOrEqual(nearest.lower);
    const below = ghostsInDisk(z, a, { re: 0, im: 0 }, nearest.lower * 0.999);
    expect(below).toMatchObject({ count: 0, complete: true, ghosts: [] });
  }
});

test("a zero on the boundary leaves the count open", () => {
  // 1 + w + w^2: zeros at 2 pi i / 3 and its multiples.
  const found = ghostsInRectangle([0, 0, 0], [0, 1, 2], {
    left: 0,
    right: 1,
    bottom: 1,
    top: 3,
  });
  expect(found.count).toBeUndefined();
  expect(found.complete).toBe(false);
});

test("no zeros, no classes, bad input", () => {
  const box = { left: -1, right: 1, bottom: -1, top: 1 };
  expect(ghostsInRectangle([1], [2], box)).toMatchObject({ count: 0, complete: true, ghosts: [] });
  expect(ghostsInRectangle([1, 2, 3], [0, 1, 2], box)).toMatchObject({ count: 0, complete: true });
  expect(() => ghostsInRectangle([1, 2], [0, 1], { ...box, left: 2 })).toThrow(DomainError);
  expect(() => ghostsInRectangle([1, 2], [0, 1], { ...box, top: Infinity })).toThrow(DomainError);
  expect(() => ghostsInDisk([1, 2], [0, 1], { re: NaN, im: 0 }, 1)).toThrow(DomainError);
  expect(() => ghostsInDisk([1, 2], [0, 1], { re: 0, im: 0 }, 0)).toThrow(DomainError);
  expect(() => ghostsInDisk([1, 2], [0], { re: 0, im: 0 }, 1)).toThrow(DimensionError);
});

describe("small regions at random, with zeros on either side of their edges", () => {
  const z = [...new SeededRandom(2).normals(6, 3)];
  const slopes = [0, 1, 2, 3, 4, 5];
  const all = expectedZeros(z, 40);
  const gap = (t: { re: number; im: number }, ghost: { re: number; im: number }): number =>
    Math.hypot(t.re - ghost.re, t.im - ghost.im);

  test("rectangles", () => {
    const random = new SeededRandom(31);
    let spent = 0;
    let found = 0;
    for (let run = 0; run < 60; run++) {
      const left = -4 + 6 * random.uniform();
      const bottom = -10 + 18 * random.uniform();
      const width = 0.3 + 4 * random.uniform() ** 2;
      const height = 0.3 + 6 * random.uniform() ** 2;
      const box = { left, right: left + width, bottom, top: bottom + height };
      const inside = all.filter(
        (t) => t.re > box.left && t.re < box.right && t.im > box.bottom && t.im < box.top,
      );
      const region = ghostsInRectangle(z, slopes, box);
      expect(region.count).toBe(inside.length);
      expect(region.complete).toBe(true);
      expect(region.ghosts).toHaveLength(inside.length);
      for (const t of inside) {
        expect(region.ghosts.some((ghost) => gap(t, ghost) <= ghost.error + 1e-13)).toBe(true);
      }
      spent += region.evaluations;
      found += inside.length;
    }
    expect(found).toBeGreaterThan(20);
    expect(spent).toBeLessThanOrEqual(1.03 * 941);
  });

  test("thin rectangles, whose middle is nearer to zeros beside them than to their own", () => {
    for (const own of all.filter((t) => t.im > 2 && t.im < 14)) {
      for (const [below, above] of [
        [9, 0.3],
        [0.3, 9],
        [0.2, 0.2],
      ] as const) {
        const box = {
          left: own.re - 0.03,
          right: own.re + 0.02,
          bottom: Math.max(0.5, own.im - below),
          top: own.im + above,
        };
        const inside = all.filter(
          (t) => t.re > box.left && t.re < box.right && t.im > box.bottom && t.im < box.top,
        );
        const region = ghostsInRectangle(z, slopes, box);
        expect(region).toMatchObject({ count: inside.length, complete: true });
        expect(region.ghosts).toHaveLength(inside.length);
        // The same, lying down.
        const flat = {
          left: own.re - below,
          right: own.re + above,
          bottom: own.im - 0.03,
          top: own.im + 0.02,
        };
        const lying = all.filter(
          (t) => t.re > flat.left && t.re < flat.right && t.im > flat.bottom && t.im < flat.top,
        );
        const other = ghostsInRectangle(z, slopes, flat);
        expect(other).toMatchObject({ count: lying.length, complete: true });
        expect(other.ghosts).toHaveLength(lying.length);
      }
    }
  });

  test("disks", () => {
    const random = new SeededRandom(32);
    let spent = 0;
    for (let run = 0; run < 40; run++) {
      const centre = { re: -4 + 8 * random.uniform(), im: -10 + 20 * random.uniform() };
      const radius = 0.3 + 4 * random.uniform();
      const inside = all.filter((t) => gap(t, centre) < radius);
      const region = ghostsInDisk(z, slopes, centre, radius);
      expect(region.count).toBe(inside.length);
      expect(region.complete).toBe(true);
      expect(region.ghosts).toHaveLength(inside.length);
      for (const t of inside) {
        expect(region.ghosts.some((ghost) => gap(t, ghost) <= ghost.error + 1e-13)).toBe(true);
      }
      spent += region.evaluations;
    }
    expect(spent).toBeLessThanOrEqual(1.03 * 4986);
  });
});

describe("costs, as measured plus three in a hundred, and what is told", () => {
  test.each([
    [1, 774, 1127],
    [2, 291, 1051],
    [3, 62, 1095],
    [4, 32, 967],
    [5, 32, 1185],
  ])("seed %i: %i evaluations in a rectangle, %i in a disk", (seed, inRectangle, inDisk) => {
    const z = [...new SeededRandom(seed).normals(6, 3)];
    const slopes = [0, 1, 2, 3, 4, 5];
    const rectangle = { left: -2, right: 2.3, bottom: -7, top: 18 };
    const found = ghostsInRectangle(z, slopes, rectangle);
    const disk = ghostsInDisk(z, slopes, { re: 0.3, im: 4 }, 9);
    expect(found.evaluations).toBeLessThanOrEqual(Math.ceil(1.03 * inRectangle));
    expect(disk.evaluations).toBeLessThanOrEqual(Math.ceil(1.03 * inDisk));
    for (const ghost of [...found.ghosts, ...disk.ghosts]) {
      expect(ghost.multiplicity).toBe(1);
      expect(ghost.error).toBeLessThan(1e-3);
    }
  });

  test("a rectangle below the axis holds the conjugates of its mirror image", () => {
    const z = [...new SeededRandom(6).normals(5, 2)];
    const slopes = [0, 1, 2, 3, 4];
    const box = { left: -4, right: 4.5, bottom: 1, top: 11 };
    const above = ghostsInRectangle(z, slopes, box);
    const below = ghostsInRectangle(z, slopes, { ...box, bottom: -11, top: -1 });
    expect(above.count).toBeGreaterThan(2);
    expect(below).toEqual({
      ...above,
      ghosts: above.ghosts.map((ghost) => ({ ...ghost, im: -ghost.im })),
    });
    // Across the axis both are there: each counted, by ascending modulus.
    const both = ghostsInRectangle(z, slopes, { ...box, bottom: -11, top: 11 });
    expect(both).toMatchObject({ count: 2 * above.count!, complete: true });
    const moduli = both.ghosts.map((ghost) => Math.hypot(ghost.re, ghost.im));
    expect(moduli).toEqual([...moduli].sort((p, q) => p - q));
    expect(both.ghosts.reduce((s, ghost) => s + ghost.im, 0)).toBeCloseTo(0, 9);
    const disk = ghostsInDisk(z, slopes, { re: -0.2, im: -6 }, 4.5);
    const mirror = ghostsInDisk(z, slopes, { re: -0.2, im: 6 }, 4.5);
    expect(disk.count).toBe(mirror.count);
    expect(disk.ghosts.map((ghost) => ghost.im)).toEqual(mirror.ghosts.map((ghost) => -ghost.im));
  });

  test("the strip about the real axis costs nothing", () => {
    // pi / spread = 0.78; a ninth of a tenth is left for the rounding of its edge.
    const flat = { left: -9, right: 9, bottom: -0.7, top: 0.7 };
    expect(ghostsInRectangle([0, 1, 2, 0, 1], [0, 1, 2, 3, 4], flat)).toEqual({
      ghosts: [],
      count: 0,
      complete: true,
      evaluations: 0,
    });
    const higher = { ...flat, top: 0.75 };
    expect(ghostsInRectangle([0, 1, 2, 0, 1], [0, 1, 2, 3, 4], higher).evaluations).toBeGreaterThan(
      0,
    );
    const lower = { ...flat, bottom: -0.75 };
    expect(ghostsInRectangle([0, 1, 2, 0, 1], [0, 1, 2, 3, 4], lower).evaluations).toBeGreaterThan(
      0,
    );
  });

  test("whatever the budget, what is said is true", () => {
    const z = [...new SeededRandom(2).normals(6, 3)];
    const slopes = [0, 1, 2, 3, 4, 5];
    const rectangle = { left: -2, right: 2.3, bottom: -7, top: 18 };
    const full = ghostsInRectangle(z, slopes, rectangle);
    const disk = ghostsInDisk(z, slopes, { re: 0.3, im: 4 }, 9);
    const runs = (maxEvaluations: number) => [
      [full, ghostsInRectangle(z, slopes, rectangle, { maxEvaluations })] as const,
      [disk, ghostsInDisk(z, slopes, { re: 0.3, im: 4 }, 9, { maxEvaluations })] as const,
    ];
    for (let budget = 1; budget < 1.2 * full.evaluations; budget += 1 + (budget >> 3)) {
      for (const [truth, found] of runs(budget)) {
        expect(found.evaluations).toBeLessThanOrEqual(budget);
        if (found.count !== undefined) expect(found.count).toBe(truth.count);
        const total = found.ghosts.reduce((n, ghost) => n + ghost.multiplicity, 0);
        expect(total).toBeLessThanOrEqual(truth.count!);
        expect(found.complete).toBe(total === found.count);
        for (const ghost of found.ghosts) {
          const gap = Math.min(
            ...truth.ghosts.map((g) => Math.hypot(g.re - ghost.re, g.im - ghost.im)),
          );
          expect(gap).toBeLessThanOrEqual(1e-9);
        }
      }
    }
    expect(ghostsInRectangle(z, slopes, rectangle, { maxEvaluations: full.evaluations })).toEqual(
      full,
    );
  });

  test("zeros that nearly meet are told apart, or as a cluster", () => {
    for (const gap of [1e-2, 1e-4, 1e-6, 1e-9]) {
      const z = [0, Math.LN2 - gap, 0];
      const found = ghostsInDisk(z, [0, 1, 2], { re: 0.1, im: 3 }, 1.5);
      expect(found).toMatchObject({ count: 2, complete: true });
      expect(found.evaluations).toBeLessThanOrEqual(54);
      // 1 + 2 q w + w^2 with q = e^-gap: w = -q +- i sqrt(1 - q^2).
      const angle = Math.PI - Math.acos(Math.exp(-gap));
      for (const ghost of found.ghosts) {
        const off = Math.min(
          ...[angle, 2 * Math.PI - angle].map((y) => Math.hypot(ghost.re, ghost.im - y)),
        );
        // Logits rounded by u move zeros at a distance of sqrt(2 gap) by u / sqrt(2 gap).
        expect(off).toBeLessThanOrEqual(ghost.error + 8 * 2 ** -53 * (4 + 1 / Math.sqrt(gap)));
      }
    }
  });
});

test("what is refused, and how it is named", () => {
  const box = { left: -1, right: 1, bottom: -1, top: 1 };
  for (const wrong of [
    { ...box, left: 1 },
    { ...box, bottom: 1 },
    { ...box, right: NaN },
    { ...box, left: -Infinity },
    { ...box, bottom: -Infinity },
    { ...box, top: Infinity },
  ]) {
    expect(() => ghostsInRectangle([1, 2, 3], [0, 1, 2], wrong)).toThrow(
      `rectangle = [${wrong.left}, ${wrong.right}] x [${wrong.bottom}, ${wrong.top}], expected a bounded one that is not empty`,
    );
  }
  expect(() => ghostsInDisk([1, 2], [0, 1], { re: 0, im: Infinity }, 1)).toThrow(
    "centre = 0 + Infinity i is not finite",
  );
  expect(() => ghostsInDisk([1, 2], [0, 1], { re: 0, im: 0 }, -1)).toThrow("radius = -1");
  expect(() => ghostsInDisk([1, 2], [0, 1], { re: 0, im: 0 }, 1, { maxEvaluations: 0 })).toThrow(
    "options.maxEvaluations = 0",
  );
  expect(ghostsInDisk([1, 2], [3, 3], { re: 0, im: 0 }, 1)).toEqual({
    ghosts: [],
    count: 0,
    complete: true,
    evaluations: 0,
  });
});
