import { median, responsiveLineChart } from "@xent/app-kit";
import type { Drawing, Experiment, Finding } from "../../contract.js";
import { type Outcome, type Run, runSpikes, type Settings } from "./run.js";

/** Table 1 at 10000x, final accuracy in per cent: plain, clipped, capped. */
const TABLE_1: Readonly<Record<string, readonly [number, number, number]>> = {
  transformer: [31.8, 38.7, 95.3],
  "mlp+layernorm": [44.6, 51.5, 93.9],
  "cnn+batchnorm": [13.4, 10.3, 71.6],
};

const ALL: Settings["protections"] = [
  "plain",
  "clipped",
  "capped",
  "capped, dominance",
  "capped, exact",
];

const COMMON = { baseRate: 1e-3, spikeStep: 50, batchSize: 64 };

function pick(run: Run, network: string, protection: string, factor: number): Outcome {
  return run.find(
    (o) => o.network === network && o.protection === protection && o.factor === factor,
  )!;
}

export const rateSpike: Experiment<Settings, Run> = {
  name: "rate-spike",
  paper: "[G] 2603.13552",
  title: "A learning rate that is suddenly 10 to 10000 times too large",
  method:
    "Adam at rate 1e-3, batches of 64. From step 50 to the end the rate is multiplied. Plain, with the gradient clipped at length 1, and with the step capped at r = 1 (pi / Delta of the minibatch; and, which the paper does not have, the dominance bound and the exact radius). Batch norm uses the statistics of the batch at hand, in the test too. A run that overflows counts as accuracy 0.",
  claims: [
    {
      id: "table",
      says: "At 10000x the capped run keeps most of its accuracy; plain and clipped runs do not",
      where: "Table 1",
      value: "capped 95.3, 93.9, 71.6 %",
    },
    { id: "dip", says: "The cap makes the spike harmless", where: "text" },
    {
      id: "won-back",
      says: "Ours: nearer bounds of the radius allow longer steps than pi / Delta, and the run survives them too",
      where: "not in the paper",
    },
  ],
  settings: {
    smoke: {
      ...COMMON,
      networks: ["mlp+layernorm"],
      protections: ["plain", "clipped", "capped", "capped, dominance"],
      factors: [10_000],
      spikeStep: 20,
      steps: 40,
    },
    quick: {
      ...COMMON,
      networks: ["transformer", "mlp+layernorm", "cnn+batchnorm"],
      protections: ALL,
      factors: [10_000],
      steps: 200,
    },
    full: {
      ...COMMON,
      networks: ["linear", "mlp", "transformer", "mlp+layernorm", "cnn", "cnn+batchnorm"],
      protections: ALL,
      factors: [10, 100, 1000, 10_000],
      steps: 500,
    },
  },
  seeds: { smoke: [1], quick: [1, 2, 3, 4, 5], full: [1, 2, 3, 4, 5] },
  revision: 2,
  run: runSpikes,
  parts: {
    split: (settings) =>
      settings.networks.flatMap((name) =>
        settings.factors.flatMap((factor) =>
          settings.protections.map((protection) => ({
            ...settings,
            networks: [name],
            factors: [factor],
            protections: [protection],
          })),
        ),
      ),
    join: (runs) => runs.flat(),
  },
  compare(runs, { networks, protections, factors }): Finding[] {
    const findings: Finding[] = [];
    for (const network of networks) {
      for (const factor of factors) {
        const final = (protection: string): number[] =>
          runs.map((r) => pick(r, network, protection, factor).final);
        const capped = final("capped");
        for (const protection of protections) {
          const values = final(protection);
          const row = factor === 10_000 ? TABLE_1[network] : undefined;
          const printed = row?.[["plain", "clipped", "capped"].indexOf(protection)];
          const good = protection.startsWith("capped")
            ? values.every((v) => v > 0.7)
            : values.every((v, i) => v < capped[i]! - 0.2);
          const close = printed === undefined || Math.abs(median(values) - printed / 100) < 0.15;
          findings.push({
            claim: "table",
            quantity: `${network}, ${factor}x, ${protection}: final test accuracy`,
            values,
            format: "percent",
            paper: printed === undefined ? "no number known" : `${printed} %`,
            // In kind: the cap saves the run, the others do not. In size: within 15 points.
            verdict: good && close ? "agrees" : good ? "partly" : "differs",
          });
        }
      }
    }
    for (const network of networks) {
      const factor = factors.at(-1)!;
      const dip = runs.map((r) => {
        const { before, lowest } = pick(r, network, "capped", factor);
        return before - lowest;
      });
      findings.push({
        claim: "dip",
        quantity: `${network}, ${factor}x, capped: accuracy lost right after the spike`,
        values: dip,
        format: "percent",
        paper: "no number",
        verdict: dip.every((d) => d < 0.05) ? "agrees" : "differs",
        ...(dip.every((d) => d < 0.05)
          ? {}
          : {
              remark: `${network}: the cap does not prevent a dip of ${(100 * median(dip)).toFixed(0)} points after the spike.`,
            }),
      });
    }
    for (const protection of protections.filter((p) => p.startsWith("capped, "))) {
      for (const network of networks) {
        const factor = factors.at(-1)!;
        const runsOf = runs.map((r) => pick(r, network, protection, factor));
        const longer = runsOf.every((o) => o.medianRatio > 1);
        const survives = runsOf.every((o) => o.final > 0.7);
        findings.push({
          claim: "won-back",
          quantity: `${network}, ${factor}x, ${protection}: step over pi / Delta, median after the spike`,
          values: runsOf.map((o) => o.medianRatio),
          format: "number",
          paper: "not in the paper",
          verdict: longer && survives ? "agrees" : longer ? "partly" : "differs",
          ...(survives
            ? {}
            : {
                remark: `${network}: with the steps of "${protection}" it ends at ${(100 * Math.min(...runsOf.map((o) => o.final))).toFixed(0)} % in the worst seed; pi / Delta is the safer cap there.`,
              }),
        });
      }
    }
    return findings;
  },
  plot(runs, { networks, protections, factors }): Drawing[] {
    if (factors.length < 2) return [];
    const panels = networks.flatMap((network) =>
      protections.map((protection, i) => ({
        name: protection,
        color: ([5, 6, 1, 3, 2] as const)[i]!,
        x: factors,
        y: factors.map((f) => median(runs.map((r) => pick(r, network, protection, f).final))),
        panel: { column: network, row: "final" },
      })),
    );
    return [
      {
        title: "Final accuracy against the factor",
        caption: "Median over seeds.",
        svg: responsiveLineChart({
          series: panels,
          x: { label: "factor on the learning rate", type: "log" },
          y: { label: "test accuracy", type: "linear", domain: [0, 1] },
          alt: "Final test accuracy against the spike factor for each network and protection",
        }),
      },
    ];
  },
};
