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
  expect(ghostsInRectangle([1], [2], box)).toMatchObject({ count: 0, complete: true });
  expect(ghostsInRectangle([1, 2, 3], [0, 1, 2], box)).toMatchObject({ count: 0, complete: true });
  expect(() => ghostsInRectangle([1, 2], [0, 1], { ...box, left: 2 })).toThrow(DomainError);
  expect(() => ghostsInRectangle([1, 2], [0, 1], { ...box, top: Infinity })).toThrow(DomainError);
  expect(() => ghostsInDisk([1, 2], [0, 1], { re: NaN, im: 0 }, 1)).toThrow(DomainError);
  expect(() => ghostsInDisk([1, 2], [0, 1], { re: 0, im: 0 }, 0)).toThrow(DomainError);
  expect(() => ghostsInDisk([1, 2], [0], { re: 0, im: 0 }, 1)).toThrow(DimensionError);
});
