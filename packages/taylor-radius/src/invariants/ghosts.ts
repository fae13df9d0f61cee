import {
  type AnyInvariant,
  type DeclaredPrecision,
  defineInvariant,
  unitRoundoff,
} from "@xent/invariants";
import * as fc from "fast-check";
import { binaryRadius, spreadRadius } from "../index.js";

/** The bounds and zeros under test. */
export interface GhostSubject extends DeclaredPrecision {
  spreadRadius(this: void, slopes: ArrayLike<number>): number;
  binaryRadius(this: void, logits: ArrayLike<number>, slopes: ArrayLike<number>): number;
}

/** The implementation of this package. */
export const ghostSubject: GhostSubject = { spreadRadius, binaryRadius };

/** What must hold of bounds and zeros. */
export const ghostInvariants: readonly AnyInvariant<GhostSubject>[] = [
  defineInvariant<GhostSubject>()({
    id: "taylor-radius/spread-below-binary",
    statement: "pi / |a_1 - a_2| <= the binary radius, with equality for equal logits",
    source: "[G] arXiv:2603.13552: sqrt(delta^2 + pi^2) / Delta",
    arbitrary: fc.record({
      gap: fc.constantFrom(0, 1e-9, 1, -3, 1e3, 1e4),
      slopes: fc.tuple(
        fc.double({ min: -1e3, max: 1e3, noNaN: true }),
        fc.double({ min: -1e3, max: 1e3, noNaN: true }),
      ),
    }),
    measure: ({ gap, slopes }, subject) => {
      const spread = subject.spreadRadius(slopes);
      const binary = subject.binaryRadius([gap, 0], slopes);
      if (spread === Infinity || spread === Number.MAX_VALUE) {
        return { error: binary < spread ? 1 : 0, tolerance: 0 };
      }
      const excess = Math.max(0, spread / binary - 1);
      return {
        error: gap === 0 ? Math.abs(spread / binary - 1) : excess,
        // Eight roundings of the closed form, three spacings of the bound rounded down.
        tolerance: 14 * unitRoundoff(subject),
      };
    },
  }),
];
