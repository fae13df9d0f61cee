import { loadDigits, median, type Progress, selectDigits, splitDigits } from "@xent/app-kit";
import { startJax } from "@xent/jax";
import { norm2 } from "@xent/linalg";
import { batchRadius, curvatureStep, radiusStep } from "@xent/taylor-radius";
import { accuracy, gradientDirection, train } from "@xent/training";
import { network, transformerTraces } from "../../networks.js";
import { type ActivationRadii, activationRadii } from "./activation-radii.js";

export interface Settings {
  readonly rates: readonly number[];
  readonly ratios: readonly number[];
  readonly steps: number;
  /** The radii of activations are taken at every step of this many. */
  readonly every: number;
}

/** What may end the Taylor series of the loss along the gradient. */
export const BOUNDS = ["logits", "attention", "gelu", "layerNorm"] as const;
export type Bound = (typeof BOUNDS)[number];

/** Over some steps of a run. */
export interface Binding {
  /** Share of steps at which each had the smallest radius. */
  readonly share: Readonly<Record<Bound, number>>;
  /** Median radius of each over pi / Delta of the logits. */
  readonly ratio: Readonly<Record<Bound, number>>;
}

export interface Outcome {
  readonly name: string;
  readonly kind: "fixed" | "spread" | "dominance";
  readonly accuracy: number;
  readonly loss: number;
  readonly losses: readonly number[];
  /** Share of steps at which 2 / L along the gradient was the smaller bound, else the radius. */
  readonly curvatureBinds: readonly [early: number, late: number];
  /** First and second half of the steps. */
  readonly binding: readonly [early: Binding, late: Binding];
}

export type Run = readonly Outcome[];

export async function runRates(settings: Settings, seed: number, progress: Progress): Promise<Run> {
  await startJax();
  const { rates, ratios } = settings;
  progress.stage(`adaptive rate, seed ${seed}`, rates.length + 2 * ratios.length);
  const plans = [
    ...rates.map((rate) => ({ kind: "fixed" as const, value: rate, name: `fixed rate ${rate}` })),
    ...ratios.flatMap((r) =>
      (["spread", "dominance"] as const).map((kind) => ({
        kind,
        value: r,
        name: `eta = ${r} rho / |g|, ${kind}`,
      })),
    ),
  ];
  return plans.map(({ kind, value, name }) => {
    const outcome = runOne(kind, value, name, settings, seed);
    progress.advance();
    return outcome;
  });
}

function runOne(
  kind: Outcome["kind"],
  value: number,
  name: string,
  { steps, every }: Settings,
  seed: number,
): Outcome {
  const { train: data, test } = splitDigits(loadDigits(), seed);
  const { model, start } = network("transformer", seed);
  const traces = transformerTraces();
  const binds: number[] = [];
  const radii: Record<Bound, number>[] = [];
  const plain = gradientDirection();
  const sized =
    kind === "fixed" ? plain : radiusStep(plain, { mode: kind, target: value, maximumLength: 10 });
  const result = train({
    model,
    parameters: start,
    ...data,
    batchSize: 64,
    steps,
    seed,
    learningRate: kind === "fixed" ? value : 1,
    direction: {
      ...sized,
      propose(point) {
        const length = norm2(point.gradient);
        const unit = point.gradient.map((g) => -g / length);
        const slopes = point.linearization.jvp(unit);
        const { logits } = point.linearization;
        const { radius } = batchRadius(logits, slopes, { mode: "spread" });
        binds.push(curvatureStep(logits, slopes, point.labels).stabilityStep < radius ? 1 : 0);
        if ((binds.length - 1) % every === 0) {
          const { features } = selectDigits(data, Int32Array.from(point.examples!));
          const inside = traces.linearize(point.parameters, features);
          radii.push({ logits: radius, ...activationRadii(inside, unit) });
        }
        return sized.propose(point);
      },
    },
  });
  const mean = (values: readonly number[]): number =>
    values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
  const half = binds.length >> 1;
  // A run that diverges at once has no second half: its only step stands for both.
  const middle = Math.floor(radii.length / 2);
  return {
    name,
    kind,
    accuracy:
      result.status === "diverged"
        ? 0
        : accuracy(model.logits(result.parameters, test.features), test.labels),
    loss: mean(result.records.slice(-20).map((r) => r.loss)),
    losses: result.records.map((r) => r.loss),
    curvatureBinds: [mean(binds.slice(0, half)), mean(binds.slice(half))],
    binding: [bindingOf(radii.slice(0, Math.max(1, middle))), bindingOf(radii.slice(middle))],
  };
}

function bindingOf(steps: readonly (ActivationRadii & { readonly logits: number })[]): Binding {
  const smallest = steps.map((s) => BOUNDS.reduce((a, b) => (s[b] < s[a] ? b : a)));
  const each = (value: (bound: Bound) => number): Record<Bound, number> => ({
    logits: value("logits"),
    attention: value("attention"),
    gelu: value("gelu"),
    layerNorm: value("layerNorm"),
  });
  return {
    share: each((b) => smallest.filter((s) => s === b).length / steps.length),
    ratio: each((b) => median(steps.map((s) => s[b] / s.logits))),
  };
}
