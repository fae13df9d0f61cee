import { loadDigits, median, type Progress, responsiveLineChart, splitDigits } from "@xent/app-kit";
import { startJax } from "@xent/jax";
import { norm2 } from "@xent/linalg";
import { batchRadius, curvatureStep, radiusStep } from "@xent/taylor-radius";
import { accuracy, gradientDirection, train } from "@xent/training";
import type { Drawing, Experiment, Finding } from "../../contract.js";
import { network } from "../../networks.js";

interface Settings {
  readonly rates: readonly number[];
  readonly ratios: readonly number[];
  readonly steps: number;
}

interface Outcome {
  readonly name: string;
  readonly kind: "fixed" | "spread" | "dominance";
  readonly accuracy: number;
  readonly loss: number;
  readonly losses: readonly number[];
  /** Share of steps at which 2 / L along the gradient was the smaller bound, else the radius. */
  readonly curvatureBinds: readonly [early: number, late: number];
}

type Run = readonly Outcome[];

async function runAll(settings: Settings, seed: number, progress: Progress): Promise<Run> {
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
    const outcome = runOne(kind, value, name, settings.steps, seed);
    progress.advance();
    return outcome;
  });
}

function runOne(
  kind: Outcome["kind"],
  value: number,
  name: string,
  steps: number,
  seed: number,
): Outcome {
  const { train: data, test } = splitDigits(loadDigits(), seed);
  const { model, start } = network("transformer", seed);
  const binds: number[] = [];
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
        const slopes = point.linearization.jvp(point.gradient.map((g) => -g / length));
        const { logits } = point.linearization;
        const { radius } = batchRadius(logits, slopes, { mode: "spread" });
        binds.push(curvatureStep(logits, slopes, point.labels).stabilityStep < radius ? 1 : 0);
        return sized.propose(point);
      },
    },
  });
  const mean = (values: readonly number[]): number =>
    values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
  const half = binds.length >> 1;
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
  };
}

export const adaptiveRate: Experiment<Settings, Run> = {
  name: "adaptive-rate",
  paper: "[G] 2603.13552",
  title: "A tiny transformer: rates from the radius against fixed rates",
  method:
    "Gradient descent in batches of 64 on the digits. Fixed rates, and steps set from geometry alone, eta = r rho / |g| with rho = pi / Delta or the dominance bound of the batch. At each step it is noted which is smaller along the descent direction: 2 / L of curvature or pi / Delta. The paper also follows radii of activations; those of attention and GELU have no closed form here and are left out.",
  claims: [
    {
      id: "adaptive",
      says: "Rates set from the radius need no tuning and match the best fixed rate",
      where: "Table 2",
    },
    { id: "binds", says: "Which bound binds changes as training goes on", where: "Table 2" },
  ],
  settings: {
    smoke: { rates: [0.1], ratios: [0.5], steps: 30 },
    quick: { rates: [0.01, 0.1, 1, 10], ratios: [0.25, 0.5, 1], steps: 300 },
    full: { rates: [0.01, 0.03, 0.1, 0.3, 1, 3, 10], ratios: [0.1, 0.25, 0.5, 1, 2], steps: 2000 },
  },
  seeds: { smoke: [1], quick: [1, 2], full: [1, 2, 3, 4, 5] },
  run: runAll,
  parts: {
    split: (settings) => [
      ...settings.rates.map((rate) => ({ ...settings, rates: [rate], ratios: [] })),
      ...settings.ratios.map((ratio) => ({ ...settings, rates: [], ratios: [ratio] })),
    ],
    join: (runs) => runs.flat(),
  },
  compare(runs): Finding[] {
    const best = (run: Run, fixed: boolean): number =>
      Math.max(...run.filter((o) => (o.kind === "fixed") === fixed).map((o) => o.accuracy));
    const rows = runs[0]!.map((o, i): Finding => {
      const values = runs.map((r) => r[i]!.accuracy);
      const rival = runs.map((r) => best(r, true));
      const close = values.every((v, s) => v > rival[s]! - 0.03);
      return {
        claim: "adaptive",
        quantity: `${o.name}: final test accuracy`,
        values,
        format: "percent",
        paper: "no number known",
        verdict:
          o.kind === "fixed" || close
            ? "agrees"
            : values.every((v, s) => v > rival[s]! - 0.15)
              ? "partly"
              : "differs",
      };
    });
    const gap = runs.map((r) => best(r, false) - best(r, true));
    const share = (half: 0 | 1) =>
      runs.map((r) =>
        median(r.filter((o) => o.kind === "spread").map((o) => o.curvatureBinds[half])),
      );
    const [early, late] = [share(0), share(1)];
    const changes = early.every((e, i) => Math.abs(e - late[i]!) > 0.1);
    return [
      ...rows,
      {
        claim: "adaptive",
        quantity: "best of the radius minus best of the fixed rates",
        values: gap,
        format: "percent",
        paper: "about 0",
        verdict: gap.every((g) => g > -0.02) ? "agrees" : "differs",
        ...(gap.every((g) => g > -0.02)
          ? {}
          : {
              remark:
                "The best fixed rate ends above the best rate from the radius: pi / Delta along the minimum of a batch is small, so that its steps are short.",
            }),
      },
      {
        claim: "binds",
        quantity: "steps at which curvature is the smaller bound, first half",
        values: early,
        format: "percent",
        paper: "no number known",
        verdict: changes ? "agrees" : "differs",
      },
      {
        claim: "binds",
        quantity: "the same, second half",
        values: late,
        format: "percent",
        paper: "no number known",
        verdict: changes ? "agrees" : "differs",
        ...(changes
          ? {}
          : { remark: "Between the two halves of these runs the binding bound hardly changes." }),
      },
    ];
  },
  plot(runs): Drawing[] {
    return [
      {
        title: "Loss of the minibatch",
        caption: "Seed 1; means of ten steps. Dashed: fixed rates.",
        svg: responsiveLineChart({
          series: runs[0]!.map((o, i) => {
            const means = Array.from({ length: Math.floor(o.losses.length / 10) }, (_, j) =>
              o.losses.slice(10 * j, 10 * j + 10).reduce((a, b) => a + b / 10, 0),
            );
            return {
              name: o.name,
              color: (["1", "2", "3", "4", "5", "6"].map(Number) as (1 | 2 | 3 | 4 | 5 | 6)[])[
                i % 6
              ]!,
              dashed: o.kind === "fixed",
              x: means.map((_, j) => 10 * j + 5),
              y: means,
            };
          }),
          x: { label: "step", type: "linear" },
          y: { label: "loss", type: "log" },
          alt: "Minibatch loss against steps for fixed rates and rates from the radius",
        }),
      },
    ];
  },
};
