import { loadDigits, median, type Progress, splitDigits } from "@xent/app-kit";
import { startJax } from "@xent/jax";
import { DomainError, norm2 } from "@xent/linalg";
import type { Direction, StepLimit } from "@xent/models";
import { batchRadius, radiusCap } from "@xent/taylor-radius";
import { accuracy, adamDirection, noLimit, train } from "@xent/training";
import { type NetworkName, network } from "../../networks.js";

export type Protection = "plain" | "clipped" | "capped" | "capped, dominance" | "capped, exact";

const RADIUS_MODES = {
  capped: "spread",
  "capped, dominance": "dominance",
  "capped, exact": "exact",
} as const;

export interface Settings {
  readonly networks: readonly NetworkName[];
  readonly protections: readonly Protection[];
  /** Factors on the learning rate from {@link spikeStep} to the end. */
  readonly factors: readonly number[];
  readonly baseRate: number;
  readonly spikeStep: number;
  readonly steps: number;
  readonly batchSize: number;
}

export interface Outcome {
  readonly network: NetworkName;
  readonly protection: Protection;
  readonly factor: number;
  readonly before: number;
  readonly lowest: number;
  readonly final: number;
  readonly diverged: boolean;
  /** Steps taken from the spike on over pi / Delta of their minibatch: median and largest. */
  readonly medianRatio: number;
  readonly largestRatio: number;
}

export type Run = readonly Outcome[];

/** Gradient clipping at length 1 before Adam, as is usual. */
function clippedAdam(): Direction {
  const adam = adamDirection();
  return {
    ...adam,
    name: "clipped adam",
    propose(point) {
      const length = norm2(point.gradient);
      if (length <= 1) return adam.propose(point);
      return adam.propose({ ...point, gradient: point.gradient.map((g) => g / length) });
    },
  };
}

export async function runSpikes(
  settings: Settings,
  seed: number,
  progress: Progress,
): Promise<Run> {
  await startJax();
  const outcomes: Outcome[] = [];
  const { networks, factors, protections } = settings;
  progress.stage(`rate spike, seed ${seed}`, networks.length * factors.length * protections.length);
  for (const name of networks) {
    for (const factor of factors) {
      for (const protection of protections) {
        outcomes.push(spike(name, factor, protection, settings, seed));
        progress.advance();
      }
    }
  }
  return outcomes;
}

function spike(
  name: NetworkName,
  factor: number,
  protection: Protection,
  settings: Settings,
  seed: number,
): Outcome {
  const { train: data, test } = splitDigits(loadDigits(), seed);
  const { model, start } = network(name, seed);
  const { baseRate, spikeStep, steps } = settings;
  const limit: StepLimit =
    protection === "plain" || protection === "clipped"
      ? noLimit()
      : radiusCap({ mode: RADIUS_MODES[protection] });
  const ratios: number[] = [];
  const curve: number[] = [];
  const accuracyAt = (parameters: Float64Array): number => {
    try {
      return accuracy(model.logits(parameters, test.features), test.labels);
    } catch (error) {
      // Logits overflow: it knows nothing.
      if (error instanceof DomainError) return 0;
      throw error;
    }
  };
  const result = train({
    model,
    parameters: start,
    ...data,
    batchSize: settings.batchSize,
    steps,
    seed,
    direction: protection === "clipped" ? clippedAdam() : adamDirection(),
    learningRate: (step) => (step >= spikeStep ? baseRate * factor : baseRate),
    limit: {
      name: limit.name,
      limit(step, at) {
        const limited = limit.limit(step, at);
        const length = norm2(step);
        if (length > 0) {
          const unit = step.map((x) => x / length);
          const { radius } = batchRadius(at.logits, at.jvp(unit), { mode: "spread" });
          ratios.push((limited.scale * length) / radius);
        }
        return limited;
      },
    },
    onStep: ({ step }, { parameters }) => {
      // Every tenth step is enough for the lowest point, and the ones about the spike.
      if (step % 10 === 9 || (step >= spikeStep - 1 && step < spikeStep + 5)) {
        curve[step] = accuracyAt(parameters);
      }
    },
  });
  const diverged = result.status === "diverged";
  const spiked = ratios.slice(spikeStep);
  const after = curve.slice(spikeStep).filter((a) => a !== undefined);
  return {
    network: name,
    protection,
    factor,
    before: curve[spikeStep - 1] ?? 0,
    lowest: diverged ? 0 : Math.min(...after),
    final: diverged ? 0 : accuracyAt(result.parameters),
    diverged,
    // A run that ended before the spike's first step was taken has none.
    medianRatio: spiked.length === 0 ? 0 : median(spiked),
    largestRatio: spiked.length === 0 ? 0 : Math.max(...spiked),
  };
}
