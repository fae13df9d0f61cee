import { responsiveLineChart, type SeriesColor } from "@xent/app-kit";
import type { Drawing, Experiment, Finding } from "../../contract.js";
import { type Run, runSpectral, type Settings } from "./run.js";

export const spectral: Experiment<Settings, Run> = {
  name: "spectral",
  paper: "[H] 2512.04006",
  title: "Cross-entropy dynamics in a Hadamard basis",
  method:
    "Gradient flow of a two-layer linear network on unconstrained features, reduced to its singular values. Balanced random starts (strengths |N(0,1)| + 0.02) for each number of classes; the paper has powers of two, the others use the characters of another abelian group.",
  claims: [
    {
      id: "lyapunov",
      says: "A function of the singular values never rises along the flow",
      where: "theorem",
    },
    {
      id: "collapse",
      says: "Spectral starts converge to neural collapse: all singular values become equal",
      where: "theorem",
    },
    {
      id: "non-monotone",
      says: "The approach to collapse need not be monotone in the usual measures",
      where: "spectral trajectories (figure not numbered in our notes)",
    },
    {
      id: "slow",
      says: "Convergence slows down exponentially with the number of classes",
      where: "text",
    },
    {
      id: "losses",
      says: "The squared loss equalises modes at once, cross-entropy much later",
      where: "comparison with squared loss",
    },
    {
      id: "small-random",
      says: "Small random starts behave like spectral ones",
      where: "by eye (figure not numbered in our notes)",
    },
  ],
  settings: {
    smoke: { classes: [4, 10], logTime: 6, smallRandomTime: 10 },
    quick: { classes: [4, 8, 10, 12, 16, 64], logTime: 8, smallRandomTime: 100 },
    full: { classes: [4, 7, 8, 10, 12, 16, 64, 100, 1024], logTime: 12, smallRandomTime: 1000 },
  },
  seeds: { smoke: [1], quick: [1, 2, 3], full: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] },
  run: (settings, seed) => Promise.resolve(runSpectral(settings, seed)),
  compare(runs, settings): Finding[] {
    const rise = (powerOfTwo: boolean): number[] =>
      runs.map((r) =>
        Math.max(...r.flows.filter((f) => f.powerOfTwo === powerOfTwo).map((f) => f.largestRise)),
      );
    // V is known to the tolerance of the integrator, 1e-9, relative to its terms.
    const falls = (values: readonly number[]) =>
      values.every((v) => v < 1e-6) ? ("agrees" as const) : ("differs" as const);
    const end = `t = 1e${settings.logTime}`;
    const last = settings.classes.map((k): Finding => {
      const values = runs.map((r) => r.flows.find((f) => f.classes === k)!.lyapunov.at(-1)!);
      const collapsed = values.every((v) => v < 1e-3);
      return {
        claim: "collapse",
        quantity: `V at ${end}, k = ${k}`,
        values,
        format: "number",
        paper: "0 in the limit",
        verdict: collapsed ? "agrees" : "partly",
        // Once, not for every k.
        ...(collapsed || k !== settings.classes.at(-1)
          ? {}
          : {
              remark: `V falls in every run, but at ${end} collapse is not reached where it says "partly": the limit is proven, not seen.`,
            }),
      };
    });
    const firstEnd = runs.map((r) => r.flows[0]!.lyapunov.at(-1)!);
    const lastEnd = runs.map((r) => r.flows.at(-1)!.lyapunov.at(-1)!);
    const ce = runs.map((r) => r.losses.crossEntropy / r.losses.squared);
    return [
      {
        claim: "lyapunov",
        quantity: "largest relative rise of V, k a power of two",
        values: rise(true),
        format: "number",
        paper: "0",
        verdict: falls(rise(true)),
      },
      {
        claim: "lyapunov",
        quantity: "the same, other k",
        values: rise(false),
        format: "number",
        paper: "not in the paper",
        verdict: falls(rise(false)),
      },
      ...last,
      {
        claim: "non-monotone",
        quantity: "largest relative rise of the ratio of extremes, chosen start, k = 16",
        values: runs.map((r) => r.chosen.ratioRise),
        format: "number",
        verdict: runs.every((r) => r.chosen.ratioRise > 0.1 && r.chosen.lyapunovRise < 1e-6)
          ? "agrees"
          : "differs",
        remark: "The start was found by a search; V falls along the same flow.",
      },
      {
        claim: "slow",
        quantity: `V left at ${end}, k = ${settings.classes.at(-1)} over k = ${settings.classes[0]}`,
        values: lastEnd.map((v, i) => v / firstEnd[i]!),
        format: "number",
        verdict: lastEnd.every((v, i) => v > firstEnd[i]!) ? "agrees" : "differs",
      },
      {
        claim: "slow",
        quantity: "late deviation over e^(-s/k) of linearisation, k = 8",
        values: runs.map((r) => r.slowdown),
        format: "number",
        paper: "1",
        verdict: runs.every((r) => Math.abs(r.slowdown - 1) < 0.01) ? "agrees" : "differs",
      },
      {
        claim: "losses",
        quantity: "V where the loss is down to 1 %: cross-entropy over squared, k = 8",
        values: ce,
        format: "number",
        verdict: ce.every((x) => x > 1) ? "agrees" : "differs",
      },
      {
        claim: "losses",
        quantity: "squared loss: largest relative error of the logistic curves",
        values: runs.map((r) => r.losses.logisticError),
        format: "number",
        paper: "0",
        // The integrator's tolerance is 1e-9 a step.
        verdict: runs.every((r) => r.losses.logisticError < 1e-6) ? "agrees" : "differs",
      },
      {
        claim: "small-random",
        quantity: "distance of singular values from the spectral model, early",
        values: runs.map((r) => r.smallRandom.early),
        format: "number",
        paper: "small",
        verdict: runs.every((r) => r.smallRandom.early < 0.05) ? "agrees" : "partly",
      },
      {
        claim: "small-random",
        quantity: `the same, largest up to t = ${settings.smallRandomTime}`,
        values: runs.map((r) => r.smallRandom.largest),
        format: "number",
        paper: "small",
        verdict: runs.every((r) => r.smallRandom.largest < 0.05) ? "agrees" : "partly",
        remark:
          "The small random start keeps to its spectral model while the flow is linear; later its singular vectors turn, and the model's do not.",
      },
    ];
  },
  plot(runs): Drawing[] {
    const { flows } = runs[0]!;
    const colour = (i: number): SeriesColor => ((i % 6) + 1) as SeriesColor;
    const chart = (key: "lyapunov" | "ratios", label: string): string =>
      responsiveLineChart({
        series: flows.map((f, i) => ({
          name: `k = ${f.classes}`,
          color: colour(i),
          dashed: !f.powerOfTwo,
          x: f.logTimes,
          y: f[key],
        })),
        x: { label: "log10 t", type: "linear" },
        y: { label, type: "log" },
        alt: `${label} against time for each number of classes`,
      });
    return [
      {
        title: "V along the flow",
        caption:
          "Seed 1; dashed where k is not a power of two. V never rises, and falls ever more slowly as k grows.",
        svg: chart("lyapunov", "V"),
      },
      {
        title: "Largest over smallest singular value",
        caption: "Seed 1. Its limit is 1 as well, but it may rise on the way.",
        svg: chart("ratios", "ratio"),
      },
    ];
  },
};
