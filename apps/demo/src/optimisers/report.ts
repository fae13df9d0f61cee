import {
  type Column,
  figure,
  formatNumber,
  formatPercent,
  paragraph,
  renderReport,
  responsiveLineChart,
  type SeriesColor,
  tableHtml,
} from "@xent/app-kit";
import { GOALS, type Method, methodName, type RaceResult, settingsName } from "./race.js";
import {
  fastestOf,
  SWEEP_NOTES,
  type SweepRow,
  sweepColumns,
  sweepRows,
  sweepVerdict,
} from "./sweep.js";

export function raceColumns(): Column[] {
  return [
    { title: "method" },
    ...GOALS.flatMap((loss): Column[] => [
      { title: `steps to ${loss}`, align: "right" },
      { title: "s", align: "right" },
      { title: "J\u00a0v", align: "right" },
      { title: "J^T\u00a0u", align: "right" },
    ]),
    { title: "test", align: "right" },
  ];
}

export function raceRows(results: readonly RaceResult[]): string[][] {
  return results.map((result) => [
    methodName(result.job.method),
    ...result.milestones.flatMap((m) =>
      m === null
        ? [result.status === "diverged" ? "diverged" : "not reached", "-", "-", "-"]
        : [String(m.steps), formatNumber(m.seconds, 2), String(m.calls.jvp), String(m.calls.vjp)],
    ),
    formatPercent(result.testAccuracy),
  ]);
}

/** One sentence each on steps and on seconds to the last goal, from the numbers. */
export function raceVerdict(results: readonly RaceResult[]): string {
  const goal = GOALS.at(-1)!;
  return (["steps", "seconds"] as const)
    .map((by) => {
      const adam = fastestOf(results, "adam", by);
      const fgn = fastestOf(results, "fgn", by);
      if (adam === undefined || fgn === undefined) {
        return `No comparison of Adam and FGN in ${by}: not both reached loss ${goal}.`;
      }
      const [a, f] = [adam.milestones.at(-1)![by], fgn.milestones.at(-1)![by]];
      const text = (value: number): string =>
        by === "steps" ? String(value) : formatNumber(value, 2);
      const unit = by === "steps" ? "steps" : "s";
      return `To loss ${goal}, fewest ${by}: ${text(f)} ${unit} by FGN (${settingsName(fgn.job.method)}), ${text(a)} ${unit} by Adam (${settingsName(adam.job.method)}): ${formatNumber(a / f, 2)} times as many.`;
    })
    .join("\n");
}

export const RACE_NOTES: string =
  "Softmax head, from zero. A loss counts when it is measured at the start of a step. J v and J^T u count the " +
  "products with the Jacobian and its transpose, the gradient included; a J^T u of the whole batch costs about as much as a forward pass.";

const COLORS: Record<Method["kind"], SeriesColor> = {
  sgd: 6,
  momentum: 4,
  adam: 2,
  fgn: 1,
  ggn: 3,
};
const NAMES: Record<Method["kind"], string> = {
  sgd: "SGD",
  momentum: "momentum",
  adam: "Adam",
  fgn: "FGN, radius cap",
  ggn: "GGN, radius cap",
};

export function raceReport(
  results: readonly RaceResult[],
  sweep: readonly SweepRow[],
  seed: number,
): string {
  const chart = (x: "step" | "time"): string =>
    responsiveLineChart({
      series: results.map((result) => ({
        name: NAMES[result.job.method.kind],
        color: COLORS[result.job.method.kind],
        x: x === "step" ? result.losses.map((_, i) => i + 1) : result.times,
        y: result.losses,
        endsEarly: result.status === "diverged",
      })),
      x: { label: x === "step" ? "step" : "seconds", type: "log" },
      y: { label: "training loss", type: "log" },
      rules: GOALS.map((value) => ({ axis: "y" as const, value, label: String(value) })),
      alt: `Training loss of every method against ${x === "step" ? "steps" : "seconds"}`,
    });
  return renderReport({
    title: "Optimisers on the digits",
    lead: raceVerdict(results).replaceAll("\n", " "),
    sections: [
      {
        title: "To the same training loss",
        html: [
          tableHtml({
            caption: "Softmax head on the images",
            columns: raceColumns(),
            rows: raceRows(results),
            note: RACE_NOTES,
          }),
          figure({
            title: "Loss against steps",
            svg: chart("step"),
            caption: "One line a setting, one colour a method. A cross marks where a run diverged.",
          }),
          figure({
            title: "Loss against time",
            svg: chart("time"),
            caption:
              "The same runs by the clock, one after the other on one thread: a Gauss-Newton step costs many gradients.",
          }),
        ],
      },
      ...(sweep.length === 0
        ? []
        : [
            {
              title: "Where it pays by the clock",
              html: [
                paragraph(sweepVerdict(sweep)),
                tableHtml({
                  caption: "The fastest setting of each side",
                  columns: sweepColumns(),
                  rows: sweepRows(sweep),
                  note: SWEEP_NOTES,
                }),
              ],
            },
          ]),
    ],
    footer: `xent-demo optimisers, seed ${seed}. Times vary from run to run; everything else does not.`,
  });
}
