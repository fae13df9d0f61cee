import { median, responsiveLineChart, type SeriesColor } from "@xent/app-kit";
import type { Drawing, Experiment, Finding } from "../../contract.js";
import { ALL_NETWORKS, type Phase, type Run, runPhases, type Settings, type Sweep } from "./run.js";

const RATIOS = [0.1, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20, 50];

/** The r at which half of the accuracy is gone, linear in ln r between the values tried; the last one if never. */
function halfLife(sweep: Sweep, ratios: readonly number[]): number {
  for (let i = 1; i < ratios.length; i++) {
    const [a, b] = [sweep.retained[i - 1]!, sweep.retained[i]!];
    if (a >= 0.5 && b < 0.5) {
      const t = (a - 0.5) / (a - b);
      return ratios[i - 1]! * (ratios[i]! / ratios[i - 1]!) ** t;
    }
  }
  return ratios.at(-1)!;
}

function sweepsOf(run: Run, network: string, kinds: readonly Sweep["kind"][]): Sweep[] {
  return run
    .filter((p: Phase) => p.network === network)
    .flatMap((p) => p.sweeps.filter((s) => kinds.includes(s.kind)));
}

export const phaseTransition: Experiment<Settings, Run> = {
  name: "phase-transition",
  paper: "[G] 2603.13552",
  title: "One step at r radii: six architectures",
  method:
    "At three moments of training by Adam one step of length r rho_a is taken, rho_a = pi / Delta over training examples, along 20 random directions and along the gradient with both signs (the author's code moves along +gradient; descent is -gradient). Test accuracy after over before.",
  claims: [
    {
      id: "safe",
      says: "Steps with r < 1 keep the accuracy, in every architecture",
      where: "phase transition (figure not numbered in our notes)",
    },
    {
      id: "collapse",
      says: "Accuracy collapses once r exceeds 1, in every architecture",
      where: "abstract and README",
      value: "onset at r = 1",
    },
    { id: "bound", says: "rho_a is a conservative lower bound of the radius", where: "theorem" },
  ],
  settings: {
    smoke: {
      networks: ["linear", "transformer"],
      phases: [20],
      directions: 2,
      ratios: [0.5, 1, 10],
      examples: 32,
    },
    quick: {
      networks: ALL_NETWORKS,
      phases: [20, 60, 200],
      directions: 20,
      ratios: RATIOS,
      examples: 128,
    },
    full: {
      networks: ALL_NETWORKS,
      phases: [20, 200, 1000],
      directions: 20,
      ratios: RATIOS,
      examples: 1437,
    },
  },
  seeds: { smoke: [1], quick: [1, 2, 3], full: [1, 2, 3, 4, 5] },
  run: runPhases,
  parts: {
    split: (settings) => settings.networks.map((name) => ({ ...settings, networks: [name] })),
    join: (runs) => runs.flat(),
  },
  compare(runs, { networks, ratios }): Finding[] {
    const one = ratios.indexOf(1);
    const retainedAt = (
      run: Run,
      name: string,
      kinds: readonly Sweep["kind"][],
      i: number,
    ): number[] => sweepsOf(run, name, kinds).map((s) => s.retained[i]!);
    const findings: Finding[] = [];
    // The largest ratio below 1, and 1 itself.
    for (const i of [one - 1, one]) {
      for (const name of networks) {
        const worst = runs.map((r) => Math.min(...retainedAt(r, name, ["random", "-gradient"], i)));
        findings.push({
          claim: "safe",
          quantity: `${name}: accuracy kept at r = ${ratios[i]}, worst of all directions and phases`,
          values: worst,
          format: "percent",
          paper: i === one ? "onset" : "about 100 %",
          verdict: worst.every((w) => w >= 0.95)
            ? "agrees"
            : worst.every((w) => w >= 0.8)
              ? "partly"
              : "differs",
        });
      }
    }
    for (const kind of ["random", "-gradient", "+gradient"] as const) {
      const values = runs.map((r) =>
        median(
          r.flatMap((p) => p.sweeps.filter((w) => w.kind === kind).map((w) => w.retained[one]!)),
        ),
      );
      findings.push({
        claim: "safe",
        quantity: `${kind}: accuracy kept at r = 1, median over architectures and phases`,
        values,
        format: "percent",
        paper: "onset",
        verdict: values.every((v) => v >= 0.95) ? "agrees" : "partly",
      });
    }
    for (const kind of ["random", "-gradient", "+gradient"] as const) {
      for (const name of networks) {
        const values = runs.map((r) =>
          median(sweepsOf(r, name, [kind]).map((s) => halfLife(s, ratios))),
        );
        findings.push({
          claim: "collapse",
          quantity: `${name}, ${kind}: r at which half of the accuracy is gone`,
          values,
          format: "number",
          verdict: values.every((v) => v < 1.5)
            ? "agrees"
            : values.every((v) => v < 3)
              ? "partly"
              : "differs",
        });
      }
    }
    const all = runs.map((r) => r.flatMap((p) => p.sweeps.map((w) => halfLife(w, ratios))));
    const overall = all.map(median);
    const cliff = overall.every((v) => v > 0.7 && v < 1.5);
    const within = all.flat().filter((v) => v > 0.7 && v < 1.5).length / all.flat().length;
    findings.push({
      claim: "collapse",
      quantity: "median of the same over all architectures, directions and phases",
      values: overall,
      format: "number",
      verdict: cliff ? "agrees" : "differs",
      remark: `Half of the accuracy is gone between r = 0.7 and 1.5 in ${(100 * within).toFixed(0)} % of all sweeps; over all of them this r runs from ${Math.min(...all.flat()).toFixed(2)} to ${Math.max(...all.flat()).toFixed(0)} (the end of the range tried is ${ratios.at(-1)}): a knee whose place depends on direction, network and phase, ${cliff ? "near" : "not a cliff at"} r = 1.`,
    });
    for (const mode of ["dominance", "exact"] as const) {
      findings.push({
        claim: "bound",
        quantity: `${mode} radius over pi / Delta, median over all`,
        values: runs.map((r) => median(r.flatMap((p) => p.sweeps.map((s) => s[mode])))),
        format: "number",
        paper: "not in the paper",
        verdict: "agrees",
      });
    }
    findings.push({
      claim: "bound",
      quantity: "exact radius over pi / Delta, least",
      values: runs.map((r) => Math.min(...r.flatMap((p) => p.sweeps.map((s) => s.exact)))),
      format: "number",
      paper: ">= 1",
      // Both are rounded to the safe side: 1e-12 is far above that.
      verdict: runs.every((r) => r.every((p) => p.sweeps.every((s) => s.exact >= 1 - 1e-12)))
        ? "agrees"
        : "differs",
    });
    return findings;
  },
  plot(runs, { networks, ratios }): Drawing[] {
    const run = runs[0]!;
    const chart = (kind: Sweep["kind"], key: "retained" | "inflation"): string =>
      responsiveLineChart({
        series: networks.map((name, i) => ({
          name,
          color: ((i % 6) + 1) as SeriesColor,
          x: ratios,
          y: ratios.map((_, j) => median(sweepsOf(run, name, [kind]).map((s) => s[key][j]!))),
        })),
        x: { label: "r = step over rho_a", type: "log" },
        y:
          key === "retained"
            ? { label: "accuracy kept", type: "linear", domain: [0, 1.05] }
            : { label: "loss after over before", type: "log" },
        rules: [{ axis: "x", value: 1, label: "r = 1" }],
        alt: `${key} against r for each architecture, ${kind}`,
      });
    return [
      {
        title: "Random directions",
        caption: "Median over directions and phases, seed 1.",
        svg: chart("random", "retained"),
      },
      {
        title: "Descent: -gradient",
        caption: "Median over phases, seed 1.",
        svg: chart("-gradient", "retained"),
      },
      {
        title: "Ascent: +gradient, as in the author's code",
        caption: "Median over phases, seed 1.",
        svg: chart("+gradient", "retained"),
      },
      {
        title: "Loss along -gradient",
        caption: "Descent turns into ascent where the curve crosses 1.",
        svg: chart("-gradient", "inflation"),
      },
    ];
  },
};
