import {
  type Column,
  figure,
  formatNumber,
  formatPercent,
  renderReport,
  responsiveLineChart,
  type SeriesColor,
  tableHtml,
} from "@xent/app-kit";
import type { SpikeSummary } from "./summary.js";

export function spikeColumns(): Column[] {
  return [
    { title: "base rate", align: "right" },
    { title: "spike", align: "right" },
    { title: "protection" },
    { title: "before", align: "right" },
    { title: "lowest after", align: "right" },
    { title: "final (least to greatest)", align: "right" },
    { title: "final loss", align: "right" },
    { title: "largest r taken", align: "right" },
    { title: "diverged", align: "right" },
  ];
}

export function spikeRows(summaries: readonly SpikeSummary[]): string[][] {
  return summaries.map((s) => [
    String(s.baseRate),
    `${s.spike}x`,
    s.protection,
    formatPercent(s.before),
    formatPercent(s.lowest),
    `${formatPercent(s.final[0])} (${formatPercent(s.final[1])} to ${formatPercent(s.final[2])})`,
    formatNumber(s.finalLoss),
    formatNumber(s.largestRatio),
    `${s.diverged} of ${s.runs}`,
  ]);
}

export const SPIKE_NOTES: string =
  "MLP 64-128-10 with ReLU on the digits, Adam. Medians over the seeds: test accuracy right before the spike, the lowest from " +
  "there on, and at the end; loss of the last minibatch; longest step taken over pi / Delta of its minibatch. A diverged run counts as accuracy 0.";

const COLORS: readonly SeriesColor[] = [5, 6, 1, 3, 4, 2];

export function spikeReport(
  summaries: readonly SpikeSummary[],
  setting: { readonly spikeStep: number; readonly duration: number; readonly seed: number },
): string {
  const protections = [...new Set(summaries.map((s) => s.protection))];
  const spared = (name: string): string => {
    const rows = summaries.filter((s) => s.protection === name);
    const kept = rows.filter((s) => s.final[0] >= s.before - 0.05).length;
    return `${name}: ${kept} of ${rows.length}`;
  };
  return renderReport({
    title: "A learning-rate spike, with and without a radius cap",
    lead:
      "Combinations of base rate and spike whose median final accuracy is within 5 points of the accuracy before the spike, or above it, by protection. " +
      `${protections.map(spared).join("; ")}.`,
    sections: [
      {
        title: "Through the spike",
        html: [
          tableHtml({
            caption: "Digits, MLP, Adam",
            columns: spikeColumns(),
            rows: spikeRows(summaries),
            note: SPIKE_NOTES,
          }),
          figure({
            title: "Test accuracy",
            svg: responsiveLineChart({
              series: summaries.map((s) => ({
                name: s.protection,
                color: COLORS[protections.indexOf(s.protection) % COLORS.length]!,
                x: s.curve.map((_, i) => i + 1),
                y: s.curve,
                panel: { column: `spike ${s.spike}x`, row: `rate ${s.baseRate}` },
              })),
              x: { label: "step", type: "linear" },
              y: { label: "test accuracy, median over seeds", type: "linear", domain: [0, 1] },
              alt: "Test accuracy against steps, one panel for each base rate and spike, one line for each protection",
            }),
            caption: `The learning rate is multiplied from step ${setting.spikeStep} on, for ${setting.duration} steps.`,
          }),
        ],
      },
    ],
    footer: `xent-demo spike, first seed ${setting.seed}. The same options give the same numbers.`,
  });
}
