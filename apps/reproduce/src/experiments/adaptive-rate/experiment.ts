import { median, responsiveLineChart } from "@xent/app-kit";
import type { Drawing, Experiment, Finding } from "../../contract.js";
import { BOUNDS, type Bound, type Run, runRates, type Settings } from "./run.js";

const NAMES: Readonly<Record<Bound, string>> = {
  logits: "pi / Delta of the logits",
  attention: "pi / Delta of attention's scores",
  gelu: "the poles of GELU",
  layerNorm: "the zeros of layer norm's variance",
};

/** How often the radius of a kind is the smallest of all, and how large it is, over all runs that are not at a fixed rate. */
function activations(runs: readonly Run[], bound: Bound): Finding[] {
  const over = (half: 0 | 1, key: "share" | "ratio"): number[] =>
    runs.map((r) =>
      median(r.filter((o) => o.kind !== "fixed").map((o) => o.binding[half][key][bound])),
    );
  const [early, late] = [over(0, "share"), over(1, "share")];
  const inner = bound !== "logits";
  // An activation that never binds: the paper's radius of the logits is then the smaller one.
  const binds = early.concat(late).some((s) => s > 0);
  const verdict = !inner || binds ? ("agrees" as const) : ("differs" as const);
  const finding = (quantity: string, values: readonly number[], percent: boolean): Finding => ({
    claim: "activations",
    quantity,
    values,
    format: percent ? "percent" : "number",
    paper: "no number known",
    verdict,
  });
  return [
    finding(`steps at which ${NAMES[bound]} are nearest, first half`, early, true),
    finding("the same, second half", late, true),
    ...(inner
      ? [
          finding(
            `${NAMES[bound]} over pi / Delta of the logits, median, second half`,
            over(1, "ratio"),
            false,
          ),
        ]
      : []),
  ];
}

export const adaptiveRate: Experiment<Settings, Run> = {
  name: "adaptive-rate",
  paper: "[G] 2603.13552",
  title: "A tiny transformer: rates from the radius against fixed rates",
  method:
    "Gradient descent in batches of 64 on the digits. Fixed rates, and steps set from geometry alone, eta = r rho / |g| with rho = pi / Delta or the dominance bound of the batch. At each step it is noted which is smaller along the descent direction: 2 / L of curvature or pi / Delta; and, at every few steps, which function of the network is the first to stop being analytic when its argument is taken as linear in the step (all three have a closed form then): the final softmax and those of attention (pi / Delta), GELU (poles of its tanh; the form by erf has none), layer norm (zeros of the variance). The first layer norm is exact, what lies deeper first order.",
  claims: [
    {
      id: "adaptive",
      says: "Rates set from the radius need no tuning and match the best fixed rate",
      where: "Table 2",
    },
    { id: "binds", says: "Which bound binds changes as training goes on", where: "Table 2" },
    {
      id: "activations",
      says: "Radii of activations inside the network can be smaller than the one of the logits",
      where: "Table 2",
    },
  ],
  settings: {
    smoke: { rates: [0.1], ratios: [0.5], steps: 30, every: 5 },
    quick: { rates: [0.01, 0.1, 1, 10], ratios: [0.25, 0.5, 1], steps: 300, every: 5 },
    full: {
      rates: [0.01, 0.03, 0.1, 0.3, 1, 3, 10],
      ratios: [0.1, 0.25, 0.5, 1, 2],
      steps: 2000,
      every: 5,
    },
  },
  seeds: { smoke: [1], quick: [1, 2], full: [1, 2, 3, 4, 5] },
  revision: 2,
  run: runRates,
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
      ...BOUNDS.flatMap((bound) => activations(runs, bound)),
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
