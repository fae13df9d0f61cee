import { DimensionError, DomainError, dense, fromRows } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import { competitorPivots } from "../src/competitor-pivots.js";
import {
  empiricalFisherOperator,
  fgnOperator,
  fgnStep,
  ggnOperator,
  marginGradients,
  trueVsRest,
  withinOperator,
} from "../src/index.js";
import { weightedSplit } from "../src/operators.js";
import { randomDense } from "./dense-oracle.js";
import { testHead } from "./linear-head.js";

const head = testHead(randomDense(2, 2, 1), randomDense(3, 2, 2));
const operators = { fgnOperator, ggnOperator, withinOperator, empiricalFisherOperator };

describe("logits and labels of the split", () => {
  test("no example, no class", () => {
    for (const [rows, cols] of [
      [0, 3],
      [2, 0],
      [0, 0],
    ] as const) {
      const split = (): unknown => trueVsRest(dense(rows, cols), new Int32Array(rows));
      expect(split).toThrow(DimensionError);
      expect(split).toThrow(`logits is ${rows} x ${cols}, expected at least one example and class`);
    }
    expect(() => trueVsRest({ rows: 1, cols: 2, data: new Float64Array(3) }, [0])).toThrow(
      "logits is 1 x 2 with 3 entries",
    );
  });

  test("entries that are no logits, labels that are no classes", () => {
    expect(() => trueVsRest(fromRows([[0, NaN]]), [0])).toThrow("logits[1] = NaN");
    expect(() => trueVsRest(dense(1, 2), [2])).toThrow("labels[0] = 2");
    expect(() => trueVsRest(dense(1, 2), [0, 0])).toThrow("labels has length 2");
  });

  test("a masked true class, in whatever row", () => {
    const logits = fromRows([
      [0, 1, -Infinity],
      [0, -Infinity, 2],
    ]);
    expect(() => trueVsRest(logits, [0, 1])).toThrow(DomainError);
    expect(() => trueVsRest(logits, [0, 1])).toThrow(
      "labels[1] = 1 is a masked class (logit -Infinity)",
    );
    expect(() => trueVsRest(logits, [2, 0])).toThrow("labels[0] = 2 is a masked class");
    expect(trueVsRest(logits, [0, 0]).margins[1]).toBe(-2);
  });

  test("places to write to", () => {
    const logits = dense(1, 2);
    expect(() => trueVsRest(logits, [0], dense(2, 1))).toThrow("competitors is 2 x 1");
    const split = trueVsRest(logits, [0]);
    expect(() => marginGradients(split, [2])).toThrow("labels[0] = 2");
    expect(() => marginGradients(split, [0], dense(1, 3))).toThrow("out is 1 x 3");
  });
});

describe("example weights", () => {
  const step = (exampleWeights: number[]) => (): unknown =>
    fgnStep(head, [0, 1], { damping: 1, exampleWeights });

  test("each is finite and >= 0", () => {
    expect(step([1])).toThrow("exampleWeights has length 1, expected 2");
    for (const bad of [NaN, -1, Infinity]) {
      expect(step([1, bad])).toThrow(DomainError);
      expect(step([1, bad])).toThrow(`exampleWeights[1] = ${bad}, expected a finite number >= 0`);
    }
  });

  test("so is their sum, which is not zero", () => {
    expect(step([0, 0])).toThrow(DomainError);
    expect(step([0, 0])).toThrow("exampleWeights sum to 0, expected a finite number > 0");
    expect(step([1.7e308, 1.7e308])).toThrow("exampleWeights sum to Infinity");
  });
});

describe("operators", () => {
  for (const [name, make] of Object.entries(operators)) {
    test(`${name} refuses a vector of another length`, () => {
      expect(() => make(head, [0, 1]).apply(new Float64Array(5))).toThrow(
        "x has length 5, expected 6",
      );
    });
  }

  test("competitors are counted from 0, and only as many as there are", () => {
    expect(() => fgnOperator(head, [0, 1], { competitors: -1 })).toThrow("competitors = -1");
    const batch = weightedSplit(head.logits, [0, 1], {});
    expect(competitorPivots(batch, 5).length).toBe(1);
  });

  test("so does FGN with competitors", () => {
    const operator = fgnOperator(head, [0, 1], { competitors: 1 });
    expect(() => operator.apply(new Float64Array(5))).toThrow("x has length 5, expected 6");
  });
});
