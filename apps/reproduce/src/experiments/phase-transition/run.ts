import { loadDigits, type Progress, selectDigits, splitDigits } from "@xent/app-kit";
import { startJax } from "@xent/jax";
import { type Dense, DomainError, norm2, SeededRandom } from "@xent/linalg";
import type { LogitModel } from "@xent/models";
import { crossEntropy } from "@xent/softmax-spectral";
import { batchRadius } from "@xent/taylor-radius";
import { accuracy, adamDirection, train, trainingPoint } from "@xent/training";
import { NETWORKS, type NetworkName, network } from "../../networks.js";

export interface Settings {
  readonly networks: readonly NetworkName[];
  /** Steps of Adam (rate 3e-3, batch 64) before each measurement. */
  readonly phases: readonly number[];
  readonly directions: number;
  /** r = tau / rho_a. */
  readonly ratios: readonly number[];
  /** Training examples over which rho_a is the minimum. */
  readonly examples: number;
}

export const ALL_NETWORKS: readonly NetworkName[] = NETWORKS;

/** How a step along one direction fares, by ratio. */
export interface Sweep {
  readonly kind: "random" | "-gradient" | "+gradient";
  /** Test accuracy after over before. */
  readonly retained: readonly number[];
  /** Test loss after over before. */
  readonly inflation: readonly number[];
  /** Dominance and exact radius over pi / Delta, minimum over the examples. */
  readonly dominance: number;
  readonly exact: number;
}

export interface Phase {
  readonly network: NetworkName;
  readonly steps: number;
  readonly accuracy: number;
  readonly sweeps: readonly Sweep[];
}

export type Run = readonly Phase[];

export async function runPhases(
  settings: Settings,
  seed: number,
  progress: Progress,
): Promise<Run> {
  await startJax();
  const phases: Phase[] = [];
  for (const name of settings.networks) {
    progress.stage(`phase transition: ${name}, seed ${seed}`, settings.phases.length);
    phases.push(...phasesOf(name, settings, seed, progress));
  }
  return phases;
}

function phasesOf(
  name: NetworkName,
  settings: Settings,
  seed: number,
  progress: Progress,
): Phase[] {
  const { train: data, test } = splitDigits(loadDigits(), seed);
  const probe = selectDigits(
    data,
    Int32Array.from({ length: settings.examples }, (_, i) => i),
  );
  const { model, start } = network(name, seed);
  const random = new SeededRandom(seed);
  let parameters = start;
  let done = 0;
  return settings.phases.map((steps) => {
    // Each phase goes on from the one before, with fresh moments.
    parameters = train({
      model,
      parameters,
      ...data,
      batchSize: 64,
      steps: steps - done,
      seed: seed + done,
      direction: adamDirection(),
      learningRate: 3e-3,
    }).parameters;
    done = steps;
    const point = trainingPoint(model, parameters, probe.features, probe.labels);
    const slope = norm2(point.gradient);
    const gradient = point.gradient.map((g) => g / slope);
    const directions: [Sweep["kind"], Float64Array][] = [
      ["-gradient", gradient.map((g) => -g)],
      ["+gradient", gradient],
    ];
    for (let i = 0; i < settings.directions; i++) {
      const v = random.normals(parameters.length);
      const length = norm2(v);
      directions.push(["random", v.map((x) => x / length)]);
    }
    const before = score(model, parameters, test);
    const sweeps = directions.map(([kind, unit]): Sweep => {
      const slopes = point.linearization.jvp(unit);
      const radius = (mode: "spread" | "dominance" | "exact"): number =>
        batchRadius(point.linearization.logits, slopes, { mode }).radius;
      const rho = radius("spread");
      const after = settings.ratios.map((r) =>
        score(
          model,
          parameters.map((p, k) => p + r * rho * unit[k]!),
          test,
        ),
      );
      return {
        kind,
        retained: after.map((a) => a.accuracy / before.accuracy),
        inflation: after.map((a) => a.loss / before.loss),
        dominance: radius("dominance") / rho,
        exact: radius("exact") / rho,
      };
    });
    progress.advance();
    return { network: name, steps, accuracy: before.accuracy, sweeps };
  });
}

/** Test accuracy and loss; a network that overflows knows nothing. */
function score(
  model: LogitModel,
  parameters: Float64Array,
  test: { readonly features: Dense; readonly labels: Int32Array },
): { readonly accuracy: number; readonly loss: number } {
  try {
    const logits = model.logits(parameters, test.features);
    return { accuracy: accuracy(logits, test.labels), loss: crossEntropy(logits, test.labels) };
  } catch (error) {
    if (error instanceof DomainError) return { accuracy: 0, loss: Number.MAX_VALUE };
    throw error;
  }
}
