import { responsiveLineChart } from "@xent/app-kit";
import type { Drawing, Experiment, Finding } from "../../contract.js";
import { type Closeness, type Run, runMechanism, type Settings } from "./run.js";

const SIZE = { examples: 32, featureCount: 16 };

export const fgnMechanism: Experiment<Settings, Run> = {
  name: "fgn-mechanism",
  paper: "[F] 2605.06081",
  title: "When Fast Gauss-Newton is close to Gauss-Newton",
  method:
    "A linear head on random features with labels drawn from its own probabilities. The cosine of the FGN and GGN steps at damping 1e-3 as the competitors concentrate (larger weights), as classes are added, and as the damping grows. Then a linear head trained on fixed features of the digits (the hidden layer of an MLP), full batch.",
  claims: [
    {
      id: "concentration",
      says: "The steps agree as the competitors concentrate",
      where: "concentration experiment (figure not numbered in our notes)",
    },
    {
      id: "classes",
      says: "With two classes the steps are the same; they part as classes are added",
      where: "class-count experiment (figure not numbered in our notes)",
    },
    {
      id: "damping",
      says: "The steps agree as damping grows",
      where: "damping experiment (figure not numbered in our notes)",
    },
    {
      id: "head",
      says: "On a fixed-feature head FGN trains in far fewer steps than first-order methods",
      where: "fixed-feature experiment (figure not numbered in our notes)",
    },
  ],
  settings: {
    smoke: {
      ...SIZE,
      scales: [0.5, 8],
      classCounts: [2, 10],
      dampings: [1e-3, 1],
      target: 0.5,
      limit: 100,
    },
    quick: {
      ...SIZE,
      scales: [0.25, 0.5, 1, 2, 4, 8, 16],
      classCounts: [2, 3, 10, 30, 100, 300],
      dampings: [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1],
      target: 0.2,
      limit: 400,
    },
    full: {
      ...SIZE,
      examples: 128,
      featureCount: 64,
      scales: [0.25, 0.5, 1, 2, 4, 8, 16],
      classCounts: [2, 3, 10, 30, 100, 300, 1000],
      dampings: [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1],
      target: 0.1,
      limit: 2000,
    },
  },
  seeds: { smoke: [1], quick: [1, 2, 3], full: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] },
  run: (settings, seed, progress) => Promise.resolve(runMechanism(settings, seed, progress)),
  compare(runs, settings): Finding[] {
    type Key = "byConcentration" | "byClasses" | "byDamping";
    const gain = (key: Key): number[] => runs.map((r) => r[key].at(-1)!.cosine - r[key][0]!.cosine);
    const ends = (key: Key, claim: string, name: string, rises: boolean): Finding[] => {
      const change = gain(key);
      const monotone = runs.every((r) =>
        r[key].every(
          (c, i) => i === 0 || (c.cosine - r[key][i - 1]!.cosine) * (rises ? 1 : -1) > -0.02,
        ),
      );
      const right = change.every((g) => (rises ? g > 0 : g < 0));
      return [0, -1].map((i): Finding => {
        const rows = runs.map((r) => r[key].at(i)!);
        const extra =
          key === "byConcentration"
            ? ` (largest competitor ${(100 * rows[0]!.concentration).toFixed(0)} %)`
            : "";
        return {
          claim,
          quantity: `cosine of FGN and GGN, ${name} ${rows[0]!.at}${extra}`,
          values: rows.map((c) => c.cosine),
          format: "number",
          paper: "no number known",
          verdict: right && monotone ? "agrees" : right ? "partly" : "differs",
          ...(i === -1 && right && !monotone
            ? {
                remark: `${name}: the trend holds between the ends, but not at every step between them.`,
              }
            : {}),
        };
      });
    };
    const two = runs.map((r) => 1 - r.byClasses[0]!.cosine);
    const stepsOf = (name: string): number[] =>
      runs.map((r) => r.heads.find((h) => h.name === name)!.steps ?? settings.limit);
    const adam = runs.map((r) =>
      Math.min(
        ...r.heads.filter((h) => h.name.startsWith("Adam")).map((h) => h.steps ?? settings.limit),
      ),
    );
    const heads = runs[0]!.heads.map(({ name }): Finding => {
      const values = stepsOf(name);
      const missed = runs.some((r) => r.heads.find((h) => h.name === name)!.steps === null);
      const second = !name.startsWith("Adam");
      return {
        claim: "head",
        quantity: `${name}: steps to a loss of ${settings.target}`,
        values,
        format: "number",
        paper: "no number known",
        verdict: !second || values.every((v, i) => v < adam[i]!) ? "agrees" : "differs",
        ...(missed
          ? {
              remark: `${name} did not reach the loss in ${settings.limit} steps in every run; counted as that many.`,
            }
          : {}),
      };
    });
    return [
      ...ends("byConcentration", "concentration", "scale of the weights", true),
      {
        claim: "classes",
        quantity: "two classes: 1 - cosine",
        values: two,
        format: "number",
        paper: "0",
        // Both are solved to 1e-8.
        verdict: two.every((v) => Math.abs(v) < 1e-7) ? "agrees" : "differs",
      },
      ...ends("byClasses", "classes", "classes", false),
      ...ends("byDamping", "damping", "damping", true),
      ...heads,
    ];
  },
  plot(runs): Drawing[] {
    const [run] = runs;
    const chart = (rows: readonly Closeness[], label: string): string =>
      responsiveLineChart({
        series: [
          { name: "cosine", color: 1, x: rows.map((r) => r.at), y: rows.map((r) => r.cosine) },
          {
            name: "norm of FGN over GGN",
            color: 5,
            x: rows.map((r) => r.at),
            y: rows.map((r) => r.normRatio),
          },
        ],
        x: { label, type: "log" },
        y: { label: "FGN beside GGN", type: "linear" },
        alt: `Cosine and norm ratio of the steps against ${label}`,
      });
    return [
      {
        title: "Concentration",
        caption: "Seed 1.",
        svg: chart(run!.byConcentration, "scale of the weights"),
      },
      { title: "Classes", caption: "Seed 1.", svg: chart(run!.byClasses, "classes") },
      { title: "Damping", caption: "Seed 1.", svg: chart(run!.byDamping, "damping") },
    ];
  },
};
