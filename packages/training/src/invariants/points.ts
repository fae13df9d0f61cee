import {
  type AnyInvariant,
  defineInvariant,
  type Measurement,
  unitRoundoff,
} from "@xent/invariants";
import { type Dense, dense, dot, rowOf, SeededRandom } from "@xent/linalg";
import { linearHead } from "@xent/models";
import * as fc from "fast-check";
import { seed } from "./cases.js";
import type { TrainingSubject } from "./subject.js";

interface HeadCase {
  readonly seed: number;
  readonly batchSize: number;
  readonly featureCount: number;
  readonly classCount: number;
  /** Size of the logits. */
  readonly scale: number;
}

const headCase: fc.Arbitrary<HeadCase> = fc.record({
  seed,
  batchSize: fc.integer({ min: 1, max: 6 }),
  featureCount: fc.integer({ min: 1, max: 5 }),
  classCount: fc.integer({ min: 1, max: 5 }),
  scale: fc.constantFrom(0, 1e-3, 1, 30, 1e3),
});

/**
 * The derivative of the loss along a random direction v against a central difference. Along v each
 * row's loss is log sum_c exp(z_c + t a_c) plus a linear function; its third derivative is the third
 * central moment of a under a softmax, at most spread(a)^3 / (6 sqrt 3).
 */
function measureSlope(one: HeadCase, subject: TrainingSubject): Measurement {
  const { batchSize, featureCount, classCount } = one;
  const random = new SeededRandom(one.seed);
  const model = linearHead({ featureCount, classCount });
  const parameters = random.normals(model.parameterCount, one.scale);
  const v = random.normals(model.parameterCount);
  const batch = dense(batchSize, featureCount, random.normals(batchSize * featureCount));
  const labels = Int32Array.from({ length: batchSize }, () => random.integer(classCount));
  const lossAt = (t: number): number =>
    subject.trainingPoint(
      model,
      parameters.map((p, i) => p + t * v[i]!),
      batch,
      labels,
    ).loss;

  const point = subject.trainingPoint(model, parameters, batch, labels);
  const slopes = point.linearization.jvp(v);
  const spreads = Array.from({ length: batchSize }, (_, i) => {
    const row = rowOf(slopes, i);
    return Math.max(...row) - Math.min(...row);
  });
  // The step that balances truncation, of order h^2, with rounding, of order u / h.
  const h = unitRoundoff(subject) ** (1 / 3) / Math.max(...spreads, 1);
  const meanCube = spreads.reduce((sum, s) => sum + s ** 3, 0) / batchSize;
  const truncation = (h ** 2 / 6) * (meanCube / (6 * Math.sqrt(3)));
  // Loss: logits are sums of D + 1 products and lose D + 3 roundings of their absolute terms, once more
  // for the rounding of theta + t v; a loss moves by at most twice that, and rounds C + B + 8 times itself.
  const sizes = affineSize(batch, parameters, v, classCount);
  const lossError =
    2 * (featureCount + 4) * sizes.logits +
    (classCount + batchSize + 8) * (2 * sizes.logits + Math.log(classCount) + 1);
  const slopeError =
    (model.parameterCount + batchSize + classCount + featureCount + 8) * 2 * sizes.slopes;
  return {
    error: Math.abs((lossAt(h) - lossAt(-h)) / (2 * h) - dot(point.gradient, v)),
    tolerance: truncation + unitRoundoff(subject) * (lossError / h + slopeError),
  };
}

/** Largest sum of absolute terms in a logit, and in its derivative. */
function affineSize(
  batch: Dense,
  parameters: Float64Array,
  v: Float64Array,
  classCount: number,
): { readonly logits: number; readonly slopes: number } {
  const sizeOf = (theta: Float64Array): number => {
    let largest = 0;
    for (let i = 0; i < batch.rows; i++) {
      for (let c = 0; c < classCount; c++) {
        let sum = Math.abs(theta[classCount * batch.cols + c]!);
        for (let j = 0; j < batch.cols; j++) {
          sum += Math.abs(theta[c * batch.cols + j]! * batch.data[i * batch.cols + j]!);
        }
        largest = Math.max(largest, sum);
      }
    }
    return largest;
  };
  const slopes = sizeOf(v);
  return { logits: sizeOf(parameters) + slopes, slopes };
}

const logit = fc.constantFrom(0, 0, 1, 2, -3, 1e3, 1e3 + 1, -Infinity, 1e300, -1e300);
const accuracyCase = fc.integer({ min: 1, max: 5 }).chain((classCount) =>
  fc.array(
    fc.record({
      row: fc.array(logit, { minLength: classCount, maxLength: classCount }),
      label: fc.integer({ min: 0, max: classCount - 1 }),
    }),
    { minLength: 1, maxLength: 8 },
  ),
);

export function pointInvariants(): AnyInvariant<TrainingSubject>[] {
  return [
    defineInvariant<TrainingSubject>()({
      id: "training/gradient-is-the-slope-of-the-loss",
      statement: "<gradient, v> = d/dt of the mean cross-entropy at theta + t v",
      source: "central difference with the bound of its remainder",
      arbitrary: headCase,
      measure: measureSlope,
    }),
    defineInvariant<TrainingSubject>()({
      id: "training/accuracy-counts-largest-logits",
      statement:
        "accuracy is the share of rows in which no class before the label reaches its logit and none after exceeds it",
      source: "definition, written without a search for the maximum",
      arbitrary: accuracyCase,
      measure: (rows, subject) => {
        const classCount = rows[0]!.row.length;
        const logits = dense(
          rows.length,
          classCount,
          Float64Array.from(rows.flatMap((one) => one.row)),
        );
        const right = rows.filter(({ row, label }) =>
          row.every((z, c) => c === label || (c < label ? z < row[label]! : z <= row[label]!)),
        ).length;
        const labels = rows.map((one) => one.label);
        return {
          error: Math.abs(subject.accuracy(logits, labels) - right / rows.length),
          tolerance: 0,
        };
      },
    }),
  ];
}
