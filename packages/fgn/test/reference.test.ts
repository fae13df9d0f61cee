import { fromRows, norm2 } from "@xent/linalg";
import { loadReference } from "@xent/testkit";
import { describe, expect, test } from "vitest";
import { fgnOperator, fgnStep, ggnOperator, trueVsRest, withinOperator } from "../src/index.js";
import { testHead } from "./linear-head.js";

interface Reference {
  readonly name: string;
  readonly X: number[][];
  readonly W: number[][];
  readonly y: number[];
  readonly v: number[][];
  readonly lam: number;
  readonly loss: number;
  readonly margins: number[];
  readonly gradient: number[][];
  readonly ggn_v: number[][];
  readonly fgn_v: number[][];
  readonly fgn_step: number[][];
  readonly ggn_step: number[][] | null;
}

const references = loadReference<Reference[]>("./reference/fgn.json", import.meta.url);
const flat = (rows: number[][]): Float64Array => fromRows(rows).data;

/** ||a - b|| / ||b||. */
function relative(a: Float64Array, b: Float64Array): number {
  return norm2(a.map((v, i) => v - b[i]!)) / norm2(b);
}

describe("values from 60-digit arithmetic", () => {
  test("there are cases", () => {
    expect(references.length).toBeGreaterThan(5);
  });
  for (const r of references) {
    for (const withGram of [true, false]) {
      test(`${r.name}${withGram ? "" : ", without rowGram"}`, () => {
        const head = testHead(fromRows(r.X), fromRows(r.W), withGram);
        const split = trueVsRest(head.logits, r.y);
        expect(relative(split.margins, Float64Array.from(r.margins))).toBeLessThan(1e-13);
        const mean = split.losses.reduce((a, b) => a + b) / r.y.length;
        expect(Math.abs(mean - r.loss) / r.loss).toBeLessThan(1e-13);
        const v = flat(r.v);
        expect(relative(ggnOperator(head, r.y).apply(v), flat(r.ggn_v))).toBeLessThan(1e-10);
        expect(relative(fgnOperator(head, r.y).apply(v), flat(r.fgn_v))).toBeLessThan(1e-10);
        const within = flat(r.ggn_v).map((g, i) => g - flat(r.fgn_v)[i]!);
        const gap = withinOperator(head, r.y)
          .apply(v)
          .map((w, i) => w - within[i]!);
        expect(norm2(gap)).toBeLessThan(1e-13 * norm2(flat(r.ggn_v)));
        const result = fgnStep(head, r.y, { damping: r.lam, tolerance: 1e-11 });
        expect(result.status).toBe("converged");
        expect(relative(result.step, flat(r.fgn_step))).toBeLessThan(1e-10);
      });
    }
  }
});
