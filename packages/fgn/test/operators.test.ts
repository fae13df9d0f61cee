import { dense, fromRows } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import {
  empiricalFisherOperator,
  fgnOperator,
  ggnOperator,
  marginGradients,
  trueVsRest,
  withinOperator,
} from "../src/index.js";
import { randomDense } from "./dense-oracle.js";
import { testHead } from "./linear-head.js";

const u = 2 ** -53;

/** A model whose parameters are its logits: the operators are their blocks. */
function logitsThemselves(rows: number[][]): Parameters<typeof fgnOperator>[0] {
  const logits = fromRows(rows);
  const { rows: B, cols: C } = logits;
  return {
    logits,
    parameterCount: B * C,
    jvp: (v, out = dense(B, C)) => {
      out.data.set(v);
      return out;
    },
    vjp: (a, out = new Float64Array(B * C)) => {
      out.set(a.data);
      return out;
    },
  };
}

test("every operator says that it is symmetric and PSD", () => {
  const head = testHead(randomDense(2, 2, 1), randomDense(3, 2, 2));
  for (const operator of [
    fgnOperator(head, [0, 1]),
    fgnOperator(head, [0, 1], { competitors: 1 }),
    ggnOperator(head, [0, 1]),
    withinOperator(head, [0, 1]),
    empiricalFisherOperator(head, [0, 1]),
  ]) {
    expect(operator.tags).toEqual({ symmetric: true, psd: true });
  }
});

test("a row without a competitor has no margin gradient", () => {
  const logits = fromRows([
    [3, -Infinity],
    [0, 0],
  ]);
  const split = trueVsRest(logits, [0, 1]);
  expect(split.margins[0]).toBe(Infinity);
  // The zeros of the first row may be of either sign.
  expect(marginGradients(split, [0, 1]).data.map(Math.abs)).toEqual(Float64Array.of(0, 0, 1, 1));
  expect(marginGradients(split, [0, 1]).data[2]).toBe(-1);
});

describe("the GGN block keeps the small differences of logit derivatives", () => {
  // Entries 1 and 2 differ from their neighbour by 2^-40; the far entry is 2^20, with mass e^-50.
  const [small, far] = [2 ** -40, 2 ** 20 + 1 / 3];
  const rare = Math.exp(-50);
  // The centre lies between 1 and 2: its rounding, twice, is all that the difference suffers.
  const tolerance = (4 * u) / small;

  test("of a sure example", () => {
    // Thirds on purpose: a mean of the far competitors does not keep the last bits of entry 0.
    const [own, other] = [4 / 3, 0.7 - 2 * far];
    const block = ggnOperator(logitsThemselves([[50, 0, 0, 0]]), [0]);
    const got = block.apply(Float64Array.of(own, own + small, far, other))[1]!;
    const p = rare / (1 + 3 * rare);
    // p_1 sum_j p_j (a_1 - a_j)
    const want = p * ((1 - 3 * p) * small + p * (own - far) + p * (own - other));
    expect(Math.abs(got / want - 1)).toBeLessThanOrEqual(tolerance);
  });

  test("of an example that is wrong", () => {
    const block = ggnOperator(logitsThemselves([[-50, 0, 0]]), [0]);
    const got = block.apply(Float64Array.of(far, 1, 1 + small))[1]!;
    const p = 1 / (2 + rare);
    const want = p * (p * -small + rare * p * (1 - far));
    expect(Math.abs(got / want - 1)).toBeLessThanOrEqual(tolerance);
  });
});

describe("the mean over competitors is a difference to the strongest", () => {
  test("exactly its entry where it has all the mass", () => {
    // q = (0, e^-700, 1, 0): entry 2 differs from the mean by 1e10 e^-700, which 0.1 does not see.
    const block = withinOperator(logitsThemselves([[0, -700, 0, -Infinity]]), [0]);
    expect(block.apply(Float64Array.of(1e16, 1e10, 0.1, 1e16))[2]).toBe(0);
  });

  test("of its own row", () => {
    // The entries of the second row are far away, and its first class outweighs each of the first row's.
    const logits = [
      [0, 0, 0],
      [5, 0, 0],
    ];
    const block = withinOperator(logitsThemselves(logits), [0, 1]);
    const got = block.apply(Float64Array.of(0, 0.1, 0.3, 1e16, 0, 0));
    // w (1 - p) q_1 q_2 (a_1 - a_2) with w = 1/2, p = 1/3, q = 1/2: some ten roundings.
    const want = 0.5 * (2 / 3) * 0.25 * -0.2;
    expect(Math.abs(got[1]! - want)).toBeLessThanOrEqual(10 * u);
  });
});
