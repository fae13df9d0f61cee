import { CLASS_COUNT, loadDigits, PIXEL_COUNT, splitDigits } from "@xent/app-kit";
import { norm2 } from "@xent/linalg";
import { type Direction, mlp, type StepLimit } from "@xent/models";
import { type RadiusMode, radiusCap } from "@xent/taylor-radius";
import { accuracy, adamDirection, noLimit, train } from "@xent/training";

/** What protects a run from the spike. */
export type Protection =
  | { readonly kind: "none" }
  | { readonly kind: "gradient-clip"; readonly maxNorm: number }
  | { readonly kind: "radius-cap"; readonly mode: RadiusMode; readonly target: number };

/** One run: everything that its result depends on. */
export interface SpikeJob {
  readonly protection: Protection;
  readonly baseRate: number;
  /** Factor on the learning rate from step {@link spikeStep} on. */
  readonly spike: number;
  readonly spikeStep: number;
  /** Steps that the spike lasts. */
  readonly duration: number;
  readonly steps: number;
  readonly batchSize: number;
  readonly seed: number;
}

export interface SpikeResult {
  readonly job: SpikeJob;
  readonly status: "completed" | "diverged";
  /** After each step. Shorter than the run when it diverged. */
  readonly testAccuracies: readonly number[];
  /** Of the minibatch before each step. */
  readonly losses: readonly number[];
  /** Length of each step taken over pi / Delta of its minibatch. */
  readonly ratios: readonly number[];
}

/** Gradient clipping as it is usual before Adam: the gradient is scaled to length `maxNorm` where it is longer. */
export function withClippedGradient(direction: Direction, maxNorm: number): Direction {
  return {
    ...direction,
    name: `clipped ${direction.name}`,
    propose(point) {
      const length = norm2(point.gradient);
      if (length <= maxNorm) return direction.propose(point);
      return direction.propose({
        ...point,
        gradient: point.gradient.map((g) => (g / length) * maxNorm),
      });
    },
  };
}

/** "none", "gradient <= 1", "spread r <= 1". */
export function protectionName(protection: Protection): string {
  switch (protection.kind) {
    case "none":
      return "none";
    case "gradient-clip":
      return `gradient <= ${protection.maxNorm}`;
    case "radius-cap":
      return `${protection.mode} r <= ${protection.target}`;
  }
}

/** Trains an MLP 64-128-10 (ReLU) with Adam on the digits through the spike. */
export function runSpike(job: SpikeJob): SpikeResult {
  const { protection } = job;
  const { train: data, test } = splitDigits(loadDigits(), job.seed);
  const model = mlp({ widths: [PIXEL_COUNT, 128, CLASS_COUNT], activation: "relu" });
  const limit: StepLimit =
    protection.kind === "radius-cap"
      ? radiusCap({ mode: protection.mode, target: protection.target })
      : noLimit();
  const probe = radiusCap({ mode: "spread" });
  const adam = adamDirection();
  const testAccuracies: number[] = [];
  const ratios: number[] = [];
  const result = train({
    model,
    parameters: model.initialize(job.seed),
    features: data.features,
    labels: data.labels,
    batchSize: job.batchSize,
    steps: job.steps,
    seed: job.seed,
    direction:
      protection.kind === "gradient-clip" ? withClippedGradient(adam, protection.maxNorm) : adam,
    learningRate: (step) =>
      step >= job.spikeStep && step < job.spikeStep + job.duration
        ? job.baseRate * job.spike
        : job.baseRate,
    limit: {
      name: limit.name,
      limit(step, point) {
        const limited = limit.limit(step, point);
        ratios.push(limited.scale * probe.limit(step, point).ratio);
        return limited;
      },
    },
    onStep(_record, { parameters }) {
      testAccuracies.push(accuracy(model.logits(parameters, test.features), test.labels));
    },
  });
  return {
    job,
    status: result.status === "diverged" ? "diverged" : "completed",
    testAccuracies,
    losses: result.records.map((record) => record.loss),
    ratios,
  };
}
