import {
  type AnyInvariant,
  defineInvariant,
  entriesThatDiffer,
  unitRoundoff,
} from "@xent/invariants";
import { type Dense, dense } from "@xent/linalg";
import * as fc from "fast-check";
import type { TrainingCheckpoint } from "../index.js";
import { directionOf, optionsOf, runCase } from "./cases.js";
import type { TrainingSubject } from "./subject.js";

const STEPS = 9;

function gather(matrix: Dense, indices: Int32Array): Dense {
  const out = dense(indices.length, matrix.cols);
  for (const [row, i] of indices.entries()) {
    for (let j = 0; j < matrix.cols; j++)
      out.data[row * matrix.cols + j] = matrix.data[i * matrix.cols + j]!;
  }
  return out;
}

export function runInvariants(): AnyInvariant<TrainingSubject>[] {
  return [
    defineInvariant<TrainingSubject>()({
      id: "training/resume-equals-uninterrupted",
      statement:
        "a run saved as JSON or as bytes after m steps and resumed to n ends with the same parameters, bit by bit, as one of n steps",
      source: "definition of a checkpoint",
      arbitrary: fc.record({
        run: runCase,
        at: fc.integer({ min: 0, max: STEPS }),
        form: fc.constantFrom("JSON", "bytes"),
      }),
      measure: ({ run, at, form }, subject) => {
        const whole = subject.train(optionsOf(subject, run, STEPS));
        const part = subject.train(optionsOf(subject, run, at));
        const resume =
          form === "JSON"
            ? (JSON.parse(JSON.stringify(part.checkpoint)) as TrainingCheckpoint)
            : subject.checkpointFromBytes(subject.checkpointToBytes(part.checkpoint));
        const rest = subject.train({ ...optionsOf(subject, run, STEPS), resume });
        const losses = [...part.records, ...rest.records].map((record) => record.loss);
        return {
          error:
            entriesThatDiffer(whole.parameters, rest.parameters) +
            entriesThatDiffer(
              whole.records.map((record) => record.loss),
              losses,
            ) +
            (whole.status === rest.status ? 0 : 1),
          tolerance: 0,
        };
      },
    }),
    defineInvariant<TrainingSubject>()({
      id: "training/run-is-its-recursion",
      statement:
        "train computes theta <- theta + s (eta d) from its own minibatches, directions and limits, bit by bit",
      source: "definition of the loop, written out again",
      arbitrary: runCase,
      measure: (run, subject) => {
        const options = optionsOf(subject, run, STEPS);
        const result = subject.train(options);
        const batches = subject.minibatches({
          exampleCount: run.exampleCount,
          batchSize: options.batchSize,
          seed: run.seed,
          remainder: run.remainder,
        });
        const direction = directionOf(subject, run.direction);
        let parameters = options.parameters;
        for (const record of result.records) {
          const indices = batches.draw();
          const point = subject.trainingPoint(
            options.model,
            parameters,
            gather(options.features as Dense, indices),
            indices.map((i) => options.labels[i]!),
          );
          const step = direction.propose(point).map((d) => run.learningRate * d);
          const { scale } = options.limit.limit(step, point.linearization);
          parameters = parameters.map((p, i) => p + step[i]! * scale);
          if (!Object.is(record.loss, point.loss)) return { error: 1, tolerance: 0 };
        }
        return { error: entriesThatDiffer(parameters, result.parameters), tolerance: 0 };
      },
    }),
    defineInvariant<TrainingSubject>()({
      id: "training/distance-is-within-the-clips",
      statement:
        "after n clipped steps |theta_n - theta_0| <= n maxNorm, and every record says stepNorm <= maxNorm",
      source: "triangle inequality",
      arbitrary: runCase.map((run) => ({ ...run, maxNorm: run.maxNorm ?? 0.5 })),
      measure: (run, subject) => {
        const options = optionsOf(subject, run, STEPS);
        const { parameters, records } = subject.train(options);
        const moved = Math.hypot(...parameters.map((p, i) => p - options.parameters[i]!));
        const size =
          Math.hypot(...parameters) + Math.hypot(...options.parameters) + run.maxNorm * STEPS;
        const longest = Math.max(0, ...records.map((record) => record.stepNorm - run.maxNorm));
        return {
          error: Math.max(0, moved - records.length * run.maxNorm) + (longest > 0 ? Infinity : 0),
          // Each addition rounds every parameter once, and hypot less than P times.
          tolerance: (STEPS + parameters.length + 4) * unitRoundoff(subject) * size,
        };
      },
    }),
    defineInvariant<TrainingSubject>()({
      id: "training/divergence-stays-finite",
      statement:
        "whatever the learning rate, the run returns finite parameters and losses, and says so when it stops for overflow",
      source: "definition of the status",
      arbitrary: fc.record({
        run: runCase,
        rate: fc.constantFrom(1e3, 1e10, 1e100, 1e160, 1e300, Number.MAX_VALUE),
      }),
      measure: ({ run, rate }, subject) => {
        const result = subject.train({ ...optionsOf(subject, run, STEPS), learningRate: rate });
        const numbers = [
          ...result.parameters,
          ...result.records.flatMap((r) => [r.loss, r.scale, r.stepNorm]),
        ];
        // The ratio of a step that would overflow to its bound is rightly infinite, but never undefined.
        const wrong =
          numbers.filter((x) => !Number.isFinite(x)).length +
          result.records.filter((r) => Number.isNaN(r.ratio)).length;
        const told =
          result.status === "completed"
            ? result.records.length === STEPS
            : result.reason !== undefined;
        return { error: wrong + (told ? 0 : 1), tolerance: 0 };
      },
    }),
  ];
}
