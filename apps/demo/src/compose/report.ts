import * as Plot from "@observablehq/plot";
import {
  type Column,
  figure,
  formatNumber,
  formatPercent,
  plotSvg,
  renderReport,
  seriesColor,
  tableHtml,
} from "@xent/app-kit";
import { GOALS } from "./grid.js";
import type { GoalSummary, GroupSummary } from "./summary.js";

/** What the columns mean. */
export const NOTES: string =
  "Softmax head on the digits from zero, learning rate 1. Steps: median (least to greatest) over the runs that " +
  "reached the training loss, and how many of all runs did where not all. Seconds: median, one thread, without evaluation. " +
  "r: longest step over pi / Delta before any limit, over all steps of a run, least to greatest over the runs.";

export function composeColumns(): Column[] {
  return [
    { title: "step" },
    { title: "lambda", align: "right" },
    { title: "limit" },
    { title: "diverged", align: "right" },
    ...GOALS.flatMap((loss): Column[] => [
      { title: `steps to ${loss}`, align: "right" },
      { title: "s", align: "right" },
    ]),
    { title: "largest r", align: "right" },
    { title: "test", align: "right" },
  ];
}

function stepsText(goal: GoalSummary, runs: number): string {
  if (goal.steps === null) return `0 of ${runs}`;
  const [least, median, greatest] = goal.steps;
  const text = `${median} (${least} to ${greatest})`;
  return goal.reached === runs ? text : `${text}, ${goal.reached} of ${runs}`;
}

export function composeRows(groups: readonly GroupSummary[]): string[][] {
  return groups.map((group) => [
    group.curvature,
    group.damping.toExponential().replace("e-", "e-"),
    group.limit,
    `${group.diverged} of ${group.runs}`,
    ...group.goals.flatMap((goal) => [
      stepsText(goal, group.runs),
      goal.seconds === null ? "-" : formatNumber(goal.seconds, 2),
    ]),
    `${formatNumber(group.largestRatio[0], 2)} to ${formatNumber(group.largestRatio[1], 2)}`,
    group.testAccuracy === null ? "-" : formatPercent(group.testAccuracy),
  ]);
}

interface Mark {
  readonly group: string;
  readonly panel: string;
  readonly least: number;
  readonly median: number;
  readonly greatest: number;
}

/** Steps to the first goal, a line from least to greatest and a dot at the median; gaps where no run got there. */
function stepsPlot(groups: readonly GroupSummary[]): string {
  const limits = [...new Set(groups.map((group) => group.limit))];
  const marks = groups.flatMap((group): Mark[] => {
    const steps = group.goals[0]!.steps;
    return steps === null
      ? []
      : [
          {
            group: group.limit,
            panel: `${group.curvature}, lambda ${group.damping}`,
            least: steps[0],
            median: steps[1],
            greatest: steps[2],
          },
        ];
  });
  const panels = [...new Set(groups.map((group) => `${group.curvature}, lambda ${group.damping}`))];
  return plotSvg(
    {
      width: 860,
      height: 70 + 24 * limits.length * Math.max(1, Math.ceil(panels.length / 2)),
      marginLeft: 120,
      marginTop: 34,
      marginBottom: 44,
      x: {
        label: `steps to training loss ${GOALS[0]}`,
        labelArrow: "none",
        grid: true,
        zero: true,
      },
      y: { label: null, domain: limits },
      fx: { label: null, domain: panels, padding: 0.08 },
      marks: [
        Plot.frame({ stroke: "var(--rule)" }),
        Plot.link(marks, {
          fx: "panel",
          x1: "least",
          x2: "greatest",
          y1: "group",
          y2: "group",
          stroke: seriesColor(1),
          strokeWidth: 3,
          strokeOpacity: 0.45,
        }),
        Plot.dot(marks, { fx: "panel", x: "median", y: "group", fill: seriesColor(1), r: 4 }),
      ],
    },
    `Steps to training loss ${GOALS[0]} by limit, one panel for each method and damping`,
  );
}

export function composeReport(groups: readonly GroupSummary[], seed: number): string {
  const unlimited = groups.filter((group) => group.limit === "none");
  const capped = groups.filter((group) => group.limit.includes(" r <= "));
  const count = (some: readonly GroupSummary[]): string =>
    `${some.reduce((n, g) => n + g.diverged, 0)} of ${some.reduce((n, g) => n + g.runs, 0)}`;
  return renderReport({
    title: "Gauss-Newton steps under a radius cap",
    lead: `Without a limit ${count(unlimited)} runs diverged; under a radius cap ${count(capped)}.`,
    sections: [
      {
        title: "Divergence and speed",
        html: [
          tableHtml({
            caption: "Digits, softmax head, minibatches",
            columns: composeColumns(),
            rows: composeRows(groups).map((row, i) =>
              row.map((text, j) =>
                j === 3
                  ? {
                      text,
                      verdict: groups[i]!.diverged > 0 ? ("bad" as const) : ("good" as const),
                    }
                  : text,
              ),
            ),
            note: NOTES,
          }),
          figure({
            title: `Steps to training loss ${GOALS[0]}`,
            svg: stepsPlot(groups),
            caption:
              "The dot is the median over the runs that got there, the line reaches from the least to the greatest. " +
              "Where there is no dot, no run got there.",
          }),
        ],
      },
    ],
    footer: `xent-demo compose, first seed ${seed}. Times vary from run to run; everything else does not.`,
  });
}
