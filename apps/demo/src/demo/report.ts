import {
  factList,
  figure,
  formatNumber,
  paragraph,
  renderReport,
  responsiveLineChart,
  type Section,
  type Series,
  type SeriesColor,
  tableHtml,
} from "@xent/app-kit";
import type { SpectralOutcome } from "./spectral.js";
import {
  largest,
  SPECTRAL_COLUMNS,
  spectralRows,
  spectralSentence,
  TRAINING_COLUMNS,
  trainingRow,
  trainingSentence,
} from "./tables.js";
import {
  BATCH_SIZE,
  FGN_DAMPING,
  HIDDEN_UNITS,
  LEARNING_RATES,
  SPIKE_FACTOR,
  SPIKE_STEP,
} from "./training-plan.js";
import { type RunOutcome, SURVIVAL_RULE } from "./training-run.js";

/** What the demo found. */
export interface DemoOutcome {
  readonly seed: number;
  readonly steps: number;
  readonly spectral: SpectralOutcome;
  readonly training: readonly RunOutcome[];
}

/** The whole report as one HTML document; the same outcome gives the same text. */
export function demoReport(outcome: DemoOutcome): string {
  return renderReport({
    title: "The geometry of softmax cross-entropy, on 1797 handwritten digits",
    lead:
      "Softmax makes a linear network's training diagonal in a Fourier basis, and it puts complex zeros, ghosts, around every " +
      "point of the loss, beyond which no Taylor model can be trusted. This page shows both at work.",
    opening: factList(factsOf(outcome)),
    sections: [spectralSection(outcome.spectral), trainingSection(outcome), methodSection(outcome)],
    footer:
      `Made by "npm run demo -- --seed ${outcome.seed}". Digits: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten ` +
      "Digits, UCI Machine Learning Repository, 1998, doi 10.24432/C50P49, CC BY 4.0.",
  });
}

function factsOf({ spectral, training }: DemoOutcome): { value: string; text: string }[] {
  const survivors = (capped: boolean): string => {
    const group = training.filter((run) => run.plan.capped === capped);
    return `${group.filter((run) => run.survived).length} of ${group.length}`;
  };
  const end = spectral.points[spectral.points.length - 1]!;
  return [
    {
      value: survivors(true),
      text: "runs with the radius cap survive a learning rate 1000 times too large",
    },
    { value: survivors(false), text: "of the same runs survive it without the cap" },
    {
      value: formatCount(largest(training.flatMap((run) => run.proposedRatios))),
      text: "radii: the longest step that any run asked for; the cap takes at most 1",
    },
    {
      value: formatNumber(end.lyapunov),
      text: `V at t = ${formatNumber(end.time, 1)}, from ${formatNumber(spectral.points[0]!.lyapunov)}; 0 would be neural collapse`,
    },
  ];
}

/** A large number in whole units, e.g. 45,338. */
function formatCount(value: number): string {
  return value < 1e9 ? Math.round(value).toLocaleString("en-US") : formatNumber(value);
}

function spectralSection(outcome: SpectralOutcome): Section {
  const x = outcome.points.map((point) => point.time);
  const singular = outcome.points[0]!.singularValues.map(
    (_value, mode): Series => ({
      name: mode === 4 ? "mode 5" : `modes ${mode + 1} and ${9 - mode}`,
      x,
      y: outcome.points.map((point) => point.singularValues[mode]!),
      color: (mode + 1) as SeriesColor,
    }),
  );
  const v: Series = { name: "V", x, y: outcome.points.map((point) => point.lyapunov), color: 1 };
  return {
    title: "Towards neural collapse",
    html: [
      paragraph(
        "A two-layer linear network on ten classes, with free features, trained by gradient flow on the cross-entropy. From a start " +
          "whose logits are a function on the cyclic group of order 10, the softmax matrix stays diagonal in the Fourier basis, so that the " +
          "whole flow is one equation for each singular value. In the clock of the theory the run to a time of one hundred million takes " +
          `${outcome.steps} steps.`,
      ),
      paragraph(spectralSentence(outcome)),
      figure({
        title: "Singular values against time",
        caption:
          "Each line is a pair of singular values of the network, on logarithmic axes. The large ones grow first, the small ones follow " +
          "and catch up: at neural collapse all of them would be equal.",
        svg: responsiveLineChart({
          series: singular,
          x: { label: "time t", type: "log" },
          y: { label: "singular value", type: "log" },
          alt: "Five singular values rise over ten decades of time and draw together.",
        }),
      }),
      figure({
        title: "Distance from collapse, V(t)",
        caption:
          "V is the divergence of equal shares from the singular values' shares. The theorem says that it falls at all times; it was " +
          "checked at every step of the integrator. It does not reach 0 here, nor at any finite time.",
        svg: responsiveLineChart({
          series: [v],
          x: { label: "time t", type: "log" },
          y: { label: "V", type: "log" },
          alt: "V falls monotonically over ten decades of time.",
        }),
      }),
      tableHtml({
        caption: "The flow in numbers",
        columns: SPECTRAL_COLUMNS,
        rows: spectralRows(outcome),
        note: "s: singular values of the logits. Margin: logit of the true class less the log-sum-exp of the others. Loss: summed over the ten classes.",
      }),
    ],
  };
}

function runSeries(
  runs: readonly RunOutcome[],
  valuesOf: (run: RunOutcome) => readonly number[],
): Series[] {
  return runs.map((run) => {
    const y = valuesOf(run);
    return {
      name: run.plan.capped ? "with radius cap" : "no cap",
      x: y.map((_value, step) => step),
      y,
      color: run.plan.capped ? 1 : 2,
      panel: { column: run.plan.optimiser, row: run.plan.model },
      endsEarly: run.status === "diverged",
    };
  });
}

function trainingSection({ training, steps }: DemoOutcome): Section {
  const x = { label: "step", type: "linear", domain: [0, steps] } as const;
  const spike = { axis: "x", value: SPIKE_STEP, label: "spike" } as const;
  const survivedColumn = TRAINING_COLUMNS.findIndex((column) => column.title === "survived");
  const longest = formatCount(largest(training.flatMap((run) => run.takenRatios)));
  const rows = training.map((run) =>
    trainingRow(run).map((text, j) =>
      j === survivedColumn
        ? { text, verdict: run.survived ? ("good" as const) : ("bad" as const) }
        : text,
    ),
  );
  return {
    title: "Through a learning-rate spike",
    html: [
      paragraph(
        `A softmax head and a network with ${HIDDEN_UNITS} hidden units are trained on the digits by SGD, Adam and FGN. At step ${SPIKE_STEP} the ` +
          `learning rate is ${SPIKE_FACTOR} times too large, for that one step. Half of the runs have a radius cap: a step may be no longer than ` +
          "the distance to which the loss can be trusted along it, pi over the spread of the logits' slopes. Learning rates are the same with " +
          "and without the cap.",
      ),
      paragraph(`${trainingSentence(training)} ${SURVIVAL_RULE}`),
      tableHtml({
        caption: "Twelve runs",
        columns: TRAINING_COLUMNS,
        rows,
        note:
          "Final loss: mean cross-entropy on the training set. Largest r: longest step taken, in radii. Asked for: longest step " +
          "that the optimiser proposed. Shortened: steps on which the cap acted. Overflow: the logits left the range of double precision.",
      }),
      figure({
        title: "Loss of each minibatch",
        caption:
          "Where the lines agree before the spike, the cap had nothing to shorten. After it, the runs with the cap go on from where they were, and " +
          "those without have to come down again. A cross would mark the last step of a run that left the finite numbers.",
        svg: responsiveLineChart({
          series: runSeries(training, (run) => run.losses),
          x,
          y: { label: "minibatch loss", type: "log" },
          rules: [spike],
          alt: "Loss against step for six pairs of runs, with and without the radius cap.",
        }),
      }),
      figure({
        title: "Length of each step in radii, r",
        caption:
          "r is the length of the step as taken, over the radius of its minibatch in that direction. With the cap it never exceeds 1. Without it " +
          `it may be anything: the longest step here is ${longest} radii long.`,
        svg: responsiveLineChart({
          series: runSeries(training, (run) => run.takenRatios),
          x,
          y: { label: "r of the step taken", type: "log" },
          rules: [spike, { axis: "y", value: 1, label: "" }],
          alt: "Ratio r against step for six pairs of runs; capped runs stay at or below 1.",
        }),
      }),
    ],
  };
}

function methodSection({ seed, steps, training, spectral }: DemoOutcome): Section {
  return {
    title: "How it was done",
    html: [
      paragraph(
        `Seed ${seed}: the split of the digits (80 % for training), the starts and the minibatches depend on it alone, and the same seed gives the ` +
          `same numbers. ${steps} steps on batches of ${BATCH_SIZE}; learning rates ${LEARNING_RATES.SGD} for SGD, ${LEARNING_RATES.Adam} for Adam, ` +
          `${LEARNING_RATES.FGN} for FGN with damping ${FGN_DAMPING}; GELU in the hidden layer. The cap is the spread bound with target r = 1, over the whole minibatch.`,
      ),
      paragraph(
        `The spectral flow took ${spectral.evaluations} evaluations of its right-hand side. Shortened steps in all: ` +
          `${training.reduce((sum, run) => sum + run.shortened, 0)}. All derivatives are exact, in double precision; no number on this page was drawn by hand.`,
      ),
    ],
  };
}
