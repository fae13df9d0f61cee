import { CLASS_COUNT, loadDigits, PIXEL_COUNT, splitDigits } from "@xent/app-kit";
import { fgnDirection, ggnDirection } from "@xent/fgn";
import type { Direction, StepLimit } from "@xent/models";
import { linearHead } from "@xent/models";
import { crossEntropy } from "@xent/softmax-spectral";
import { type RadiusMode, radiusCap } from "@xent/taylor-radius";
import { accuracy, noLimit, normClip, train } from "@xent/training";

/** Which curvature a run steps by. */
export type CurvatureName = "fgn" | "ggn";

/** What limits its steps. */
export type LimitChoice =
  | { readonly kind: "none" }
  | { readonly kind: "norm-clip"; readonly maxNorm: number }
  | { readonly kind: "radius-cap"; readonly mode: RadiusMode; readonly target: number };

/** One training run of the grid: everything that its result depends on. */
export interface Cell {
  readonly curvature: CurvatureName;
  readonly damping: number;
  readonly limit: LimitChoice;
  /** Of the split, and of the minibatches. */
  readonly seed: number;
  readonly batchSize: number;
  readonly epochs: number;
}

/** What came of it. */
export interface CellResult {
  readonly cell: Cell;
  /**
   * "diverged": the training loss rose above {@link DIVERGED}, or something overflowed. "reached": it fell to
   * the last of {@link GOALS}. "ran-out": neither, when the epochs were over.
   */
  readonly status: "reached" | "diverged" | "ran-out";
  /** Steps to each of {@link GOALS}; null when not reached. */
  readonly steps: readonly (number | null)[];
  /** Seconds of training to each of {@link GOALS}, without the evaluations that this table needs. */
  readonly seconds: readonly (number | null)[];
  /** Largest step over pi / Delta, before any limit. */
  readonly largestRatio: number;
  readonly testAccuracy: number;
}

/** Training losses, mean over the whole training set, to which steps are counted. */
export const GOALS: readonly [number, number] = [0.05, 0.01];

/** A mean training loss that no run comes back from in time; at the start it is ln 10 = 2.3. */
export const DIVERGED = 1e3;

function directionOf(cell: Cell): Direction {
  return cell.curvature === "fgn"
    ? fgnDirection({ damping: cell.damping })
    : // Loose as the step is: the limit and the next batch change it by more than 1e-4.
      ggnDirection({ damping: cell.damping, tolerance: 1e-4 });
}

function limitOf(choice: LimitChoice): StepLimit {
  switch (choice.kind) {
    case "none":
      return noLimit();
    case "norm-clip":
      return normClip({ maxNorm: choice.maxNorm });
    case "radius-cap":
      return radiusCap({ mode: choice.mode, target: choice.target });
  }
}

/** Trains a softmax head with bias, from zero, at learning rate 1. */
export function runCell(cell: Cell): CellResult {
  const { train: data, test } = splitDigits(loadDigits(), cell.seed);
  const model = linearHead({ featureCount: PIXEL_COUNT, classCount: CLASS_COUNT });
  const limit = limitOf(cell.limit);
  const probe = radiusCap({ mode: "spread" });
  const steps: (number | null)[] = GOALS.map(() => null);
  const seconds: (number | null)[] = GOALS.map(() => null);
  let largestRatio = 0;
  let diverged = false;
  let measuring = 0;
  const started = performance.now();
  const unmeasured = <T>(work: () => T): T => {
    const from = performance.now();
    const result = work();
    measuring += performance.now() - from;
    return result;
  };
  const result = train({
    model,
    parameters: new Float64Array(model.parameterCount),
    features: data.features,
    labels: data.labels,
    batchSize: cell.batchSize,
    steps: cell.epochs * Math.ceil(data.labels.length / cell.batchSize),
    seed: cell.seed,
    direction: directionOf(cell),
    learningRate: 1,
    limit: {
      name: limit.name,
      limit(step, point) {
        const { ratio } = unmeasured(() => probe.limit(step, point));
        largestRatio = Math.max(largestRatio, ratio);
        return limit.limit(step, point);
      },
    },
    onStep({ step }, { parameters }) {
      const loss = unmeasured(() =>
        crossEntropy(model.logits(parameters, data.features), data.labels),
      );
      if (!(loss <= DIVERGED)) diverged = true;
      for (const [i, goal] of GOALS.entries()) {
        if (steps[i] !== null || !(loss <= goal)) continue;
        steps[i] = step + 1;
        seconds[i] = (performance.now() - started - measuring) / 1000;
      }
    },
    stopWhen: () => diverged || steps.every((count) => count !== null),
  });
  diverged ||= result.status === "diverged";
  return {
    cell,
    status: diverged ? "diverged" : steps.at(-1) === null ? "ran-out" : "reached",
    steps,
    seconds,
    largestRatio,
    testAccuracy: accuracy(model.logits(result.parameters, test.features), test.labels),
  };
}
