import {
  figure,
  formatNumber,
  paragraph,
  renderReport,
  type Section,
  tableHtml,
} from "@xent/app-kit";
import {
  collapseFigure,
  counterexampleFigure,
  lossesFigure,
  lyapunovFigure,
  smallRandomFigure,
  startsFigure,
} from "./figures.js";
import { groupName } from "./group-name.js";
import {
  collapseRunsSentence,
  collapseSentence,
  counterexampleSentence,
  flowSummary,
  lossesSentence,
  measuredExponent,
  smallRandomSentence,
  startMetrics,
  startsSentence,
  startTrends,
  statusSentence,
  trendSentence,
} from "./sentences.js";
import type { Study } from "./study.js";
import { formatTime, TABLE_COLUMNS, tableRows } from "./table-rows.js";

function settingsText({ settings, classes }: Study): string {
  const { group, layers, loss, seed } = settings;
  return (
    `${classes} classes on the group ${groupName(group)}, ${layers} ${layers === 1 ? "layer" : "layers"}, ` +
    `${loss === "squared" ? "squared loss to the target I - 11ᵀ/k" : "cross-entropy"} summed over one sample a class, seed ${seed}`
  );
}

function flowSection(study: Study): Section {
  const { starts } = study;
  const quantiles = starts[0]!.trajectory.quantiles;
  const v = lyapunovFigure(starts);
  const caption =
    "V = KL(uniform ‖ q), q the singular values over their sum: 0 if and only if all are equal. " +
    startTrends(starts);
  return {
    title: "The flow from different starts",
    html: [
      tableHtml({
        caption: "Random start",
        columns: TABLE_COLUMNS,
        rows: tableRows(study.table),
        note:
          `smallest, largest: singular values of the logit matrix over the non-trivial modes; ratio: their quotient; V' = dV/dt; ` +
          `angle deviation: root mean square of cos + 1/(k-1) over pairs of centred class means (NC2). ` +
          flowSummary(starts[0]!.trajectory),
      }),
      figure({
        title: "1. Singular values against time",
        svg: startsFigure(starts),
        caption:
          `${quantiles ? "Quantiles over the modes at each time. " : "One line a singular value (conjugate characters share theirs). "}` +
          `${startsSentence(starts)} ${starts
            .map((run) => statusSentence(run.trajectory))
            .filter((text) => text !== "")
            .join(" ")}`.trimEnd(),
      }),
      v === undefined
        ? paragraph(`2. V(t) has no figure. ${caption}`)
        : figure({ title: "2. V against time, both axes logarithmic", svg: v, caption }),
      tableHtml({
        caption: "What was monotone, by start",
        columns: [
          { title: "start" },
          ...["steps", "V fell", "V rose", "V at the start", "V at the end", "end"].map(
            (title) => ({ title, align: "right" }) as const,
          ),
        ],
        rows: starts.map(({ name, trajectory: { trend, observations } }) => {
          const first = observations[0]!;
          const last = observations.at(-1)!;
          return [
            name,
            String(trend.steps),
            String(trend.falls),
            String(trend.rises),
            first.lyapunov === null ? "undefined" : formatNumber(first.lyapunov),
            last.lyapunov === null ? "undefined" : formatNumber(last.lyapunov),
            formatTime(last.time),
          ];
        }),
        note: startMetrics(starts),
      }),
    ],
  };
}

function counterexampleSection(study: Study): Section {
  return {
    title: "3. Measures of collapse that are not monotone",
    html: [
      paragraph(
        "Chosen starts, with two layers and cross-entropy. The first two are balanced: a measure that is often taken for " +
          "progress towards neural collapse climbs, and V along the same flow stands beside it. The third is unbalanced, " +
          "where V carries no guarantee.",
      ),
      ...study.counterexamples.map((one) =>
        figure({
          title: one.name,
          svg: counterexampleFigure(one),
          caption: counterexampleSentence(one),
        }),
      ),
    ],
  };
}

function collapseSection(study: Study): Section {
  const { collapse, settings } = study;
  return {
    title: "6. How slow collapse is",
    html: [
      figure({
        title: "V against time for several numbers of classes, both axes logarithmic",
        svg: collapseFigure(collapse),
        caption: `Two layers, cross-entropy, random start, seed ${settings.seed}. ${collapseRunsSentence(collapse)}`,
      }),
      tableHtml({
        caption: "The same in numbers",
        columns: [
          { title: "k", align: "right" },
          { title: "V at the start", align: "right" },
          { title: "V at the end", align: "right" },
          { title: "end", align: "right" },
          { title: "k d ln V / d s", align: "right" },
          { title: "right-hand sides", align: "right" },
        ],
        rows: collapse.map((run) => {
          const first = run.trajectory.observations[0]!;
          const last = run.trajectory.observations.at(-1)!;
          const exponent = measuredExponent(run, 1e6, 1e8);
          return [
            String(run.classes),
            first.lyapunov === null ? "undefined" : formatNumber(first.lyapunov),
            last.lyapunov === null ? "undefined" : formatNumber(last.lyapunov),
            formatTime(last.time),
            exponent === null ? "not measured" : formatNumber(exponent),
            String(run.trajectory.evaluations),
          ];
        }),
        note:
          "k d ln V / d s is measured from t = 1e6 to 1e8, s the mean singular value. Near collapse the linearised flow gives V ~ exp(-2 s / k), " +
          "that is -2, and s grows like ln t: the exponent of t falls like 1/k. Values away from -2 were measured away from collapse.",
      }),
    ],
  };
}

/** The report as one HTML document. */
export function spectralReport(study: Study): string {
  const { starts, losses, smallRandom } = study;
  return renderReport({
    title: "Singular values on their way to neural collapse",
    lead:
      `Gradient flow of a deep linear network on free features, from starts whose singular vectors are characters of a group: ` +
      `one equation a singular value. ${settingsText(study)}. Random start: ${trendSentence(starts[0]!.trajectory.trend)} ${collapseSentence(starts[0]!.trajectory.observations)}`,
    sections: [
      flowSection(study),
      counterexampleSection(study),
      ...(losses === null
        ? []
        : [
            {
              title: "4. Cross-entropy against squared loss",
              html: [
                figure({
                  title: "The random start under both losses",
                  svg: lossesFigure(losses),
                  caption: lossesSentence(losses),
                }),
              ],
            },
          ]),
      {
        title: "5. A small random start against the spectral model",
        html: [
          figure({
            title: `Dense flow from entries N(0, 1e-6), k = ${smallRandom.classes}, width ${smallRandom.width}`,
            svg: smallRandomFigure(smallRandom),
            caption: smallRandomSentence(smallRandom),
          }),
        ],
      },
      collapseSection(study),
    ],
    footer:
      "Numbers by @xent/ufm-dynamics: DOP853 at a relative tolerance of 1e-9, in the clock form where it applies. After arXiv:2512.04006 " +
      "(Hadamard initialisation), extended to all finite abelian groups. Equal seeds give equal numbers.",
  });
}
