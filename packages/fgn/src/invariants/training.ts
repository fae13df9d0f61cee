import { type AnyInvariant, defineInvariant, unitRoundoff } from "@xent/invariants";
import { type Dense, dense } from "@xent/linalg";
import type { Direction, TrainingPoint } from "@xent/models";
import { crossEntropy } from "@xent/softmax-spectral";
import * as fc from "fast-check";
import type { Damping, FgnDirectionOptions } from "../index.js";
import { type HeadCase, headCases } from "./cases.js";
import type { FgnSubject } from "./subject.js";
import { featureLinearization, headLinearization, textbook } from "./textbook.js";

const define = defineInvariant<FgnSubject>();

/** Logits of the case moved by the linear head with parameters theta (C x D). */
function logitsAt(c: HeadCase, theta: Float64Array): Dense {
  const base = headLinearization(c);
  const moved = base.jvp(theta);
  return dense(
    moved.rows,
    moved.cols,
    moved.data.map((a, k) => a + base.logits.data[k]!),
  );
}

function pointAt(c: HeadCase, parameters: Float64Array): TrainingPoint {
  const logits = logitsAt(c, parameters);
  return {
    parameters,
    linearization: featureLinearization(c.features, logits),
    labels: Int32Array.from(c.labels),
    loss: crossEntropy(logits, c.labels),
    // Curvature directions take the gradient from the linearization; this one is not read.
    gradient: new Float64Array(parameters.length),
    logitsAt: (elsewhere) => logitsAt(c, elsewhere),
  };
}

function advance(
  c: HeadCase,
  direction: Direction,
  start: Float64Array,
  steps: number,
): Float64Array {
  let theta = start;
  for (let s = 0; s < steps; s++) {
    const step = direction.propose(pointAt(c, theta));
    theta = theta.map((x, k) => x + step[k]!);
  }
  return theta;
}

/** About the training direction. */
export function trainingInvariants(): AnyInvariant<FgnSubject>[] {
  return [
    define({
      id: "fgn/resume-equals-uninterrupted",
      statement:
        "a run stopped, saved as JSON and resumed by a new object has the trajectory of the uninterrupted one, bit by bit",
      source: "determinism",
      arbitrary: fc.record({
        c: headCases({ margins: "ordinary", minClasses: 2, minDamping: 1e-2 }),
        rule: fc.constantFrom("constant", "schedule", "trust-ratio"),
        momentum: fc.constantFrom(0, 0.5),
        warmStart: fc.boolean(),
        stop: fc.integer({ min: 0, max: 3 }),
      }),
      measure: ({ c, rule, momentum, warmStart, stop }, subject) => {
        // Not below the least lambda of a trust ratio.
        const lambda = Math.max(1e-12, textbook(c).damping);
        const damping: Damping =
          rule === "constant"
            ? lambda
            : rule === "schedule"
              ? (step) => lambda / (1 + step)
              : { initial: lambda };
        const options: FgnDirectionOptions = { damping, momentum, warmStart };
        const start = new Float64Array(c.v.length);
        const whole = advance(c, subject.fgnDirection(options), start, 4);
        const first = subject.fgnDirection(options);
        const middle = advance(c, first, start, stop);
        const second = subject.fgnDirection(options);
        second.restore?.(JSON.parse(JSON.stringify(first.save?.())));
        const resumed = advance(c, second, middle, 4 - stop);
        const differing = whole.filter((x, k) => x !== resumed[k]).length;
        return { error: differing, tolerance: 0 };
      },
    }),
    define({
      id: "fgn/trust-ratio-never-climbs",
      statement: "with a trust ratio and no momentum the loss of the batch does not grow",
      source: "steps with a decrease <= 0 are rejected",
      arbitrary: fc.record({ c: headCases({ minClasses: 2 }), low: fc.constantFrom(1e-10, 1) }),
      measure: ({ c, low }, subject) => {
        const { damping } = textbook(c);
        const direction = subject.fgnDirection({
          damping: { initial: Math.max(1e-12, damping * low) },
        });
        let theta: Float64Array = new Float64Array(c.v.length);
        let error = 0;
        let scale = 1;
        for (let s = 0; s < 4; s++) {
          const before = pointAt(c, theta).loss;
          theta = advance(c, direction, theta, 1);
          const rise = pointAt(c, theta).loss - before;
          error = Math.max(error, rise);
          scale = Math.max(scale, before);
        }
        // Decreases within the rounding of the loss itself are not judged.
        return { error, tolerance: 64 * unitRoundoff(subject) * scale };
      },
    }),
  ];
}
