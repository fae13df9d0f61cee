import {
  type Cell,
  factList,
  figure,
  formatNumber,
  formatPercent,
  paragraph,
  renderReport,
  type Section,
  tableHtml,
} from "@xent/app-kit";
import { histogramFigure, middleOf } from "./histogram-figure.js";
import { planeCaption, planeFigure, planeView } from "./plane-figure.js";
import { sampleFigure } from "./sample-figure.js";
import { partialSumFigure, truncationFigure } from "./series-figures.js";
import type { RadiusStudy } from "./study.js";
import {
  BATCH_COLUMNS,
  batchRows,
  batchSentence,
  bendSentence,
  GAP_COLUMNS,
  gapRows,
  ghostSentence,
  headline,
  largestError,
  RADIUS_COLUMNS,
  radiusRows,
  TAYLOR_COLUMNS,
  taylorRows,
  trendOf,
} from "./tables.js";
import { directionName, type TrainedPoint } from "./trained-point.js";

/** The whole report as one HTML document. */
export function radiusReport(study: RadiusStudy, point: TrainedPoint): string {
  const { settings } = study;
  return renderReport({
    title: "How far a Taylor model of the loss reaches",
    lead:
      "Along a line through the parameters the cross-entropy has complex singularities, the zeros (ghosts) of the softmax partition " +
      "function F(t). The nearest one is where every Taylor series of the loss stops converging, however smooth the loss looks.",
    opening: factList(facts(study)),
    sections: [
      sampleSection(study),
      planeSection(study),
      seriesSection(study, point),
      batchSection(study),
    ],
    footer:
      `xent-demo radius --model ${settings.model} --direction ${settings.direction} --steps ${settings.steps} --batch ${settings.batchSize}` +
      `${settings.sample === undefined ? "" : ` --sample ${settings.sample}`} --seed ${settings.seed}. The same options give the same numbers. Digits: E. Alpaydin and ` +
      "C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998, doi 10.24432/C50P49, CC BY 4.0.",
  });
}

function facts({ sample, settings, stepLength, batch, stabilityStep }: RadiusStudy): {
  value: string;
  text: string;
}[] {
  const { radii, ghost } = sample;
  const minimum = batch.find((r) => r.mode === "exact" && r.aggregate === "minimum")!;
  return [
    {
      value: formatNumber(radii.exact, 4),
      text: `exact radius of the sample, ${ghost.certified ? "certified" : "not certified"} with ${ghost.evaluations} evaluations of F`,
    },
    {
      value: formatPercent(radii.variance / radii.exact),
      text: "of it is what the best proven bound gives",
    },
    {
      value: `${formatNumber(stepLength / minimum.radius)} radii`,
      text: `length of the next ${directionName(settings.direction)}, in radii of the batch`,
    },
    {
      value: `${formatNumber(stabilityStep / minimum.radius)} radii`,
      text: "the step that curvature alone would allow (2 / L), in radii of the batch",
    },
  ];
}

function sampleSection(study: RadiusStudy): Section {
  const { sample } = study;
  const fast = sample.slopes.map((a, k) => ({ a, k })).sort((p, q) => p.a - q.a);
  const [low, high] = [fast[0]!, fast.at(-1)!];
  return {
    title: "The sample and its radii",
    html: [
      ...headline(study).split("\n").map(paragraph),
      figure({
        title: `Sample ${sample.sample} of the batch`,
        svg: sampleFigure(sample),
        caption:
          `Along the line the logit of class ${low.k} moves at ${formatNumber(low.a)} and that of class ${high.k} at ${formatNumber(high.a)} a unit of t: ` +
          `a spread of ${formatNumber(high.a - low.a)}, so that no ghost is nearer than pi / ${formatNumber(high.a - low.a)} = ${formatNumber(sample.radii.spread, 4)}. ` +
          "The true class is orange.",
      }),
      tableHtml({
        caption: "Radii along the line",
        columns: RADIUS_COLUMNS,
        rows: radiusRows(study),
        note: `Of the sample: ${ghostSentence(study)}.`,
      }),
    ],
  };
}

function planeSection({ sample }: RadiusStudy): Section {
  const view = planeView(sample);
  return {
    title: "Ghosts in the complex plane",
    html: [
      figure({
        title: "F(t) around the point, with the disks that the radii prove free of ghosts",
        svg: planeFigure(sample, view),
        caption: planeCaption(sample, view),
      }),
    ],
  };
}

function seriesSection(study: RadiusStudy, point: TrainedPoint): Section {
  const { sample } = study;
  const isInside = (ratio: number): boolean => Math.abs(ratio) < 1;
  const asTold = sample.taylor.filter(
    (row) => (trendOf(row.errors) === "converges") === isInside(row.ratio),
  ).length;
  const worst = (inside: boolean): number =>
    Math.max(
      ...sample.taylor
        .filter((row) => isInside(row.ratio) === inside)
        .map((r) => largestError(r.errors, 100)),
    );
  const extreme = (size: number, order: number, pick: (...errors: number[]) => number): number =>
    pick(
      ...sample.taylor
        .filter((row) => Math.abs(Math.abs(row.ratio) - size) < 1e-9)
        .map((row) => row.errors[order]!),
    );
  const rows = taylorRows(study).map((row, i): Cell[] => {
    const verdict = trendOf(sample.taylor[i]!.errors) === "converges" ? "good" : "bad";
    return [...row.slice(0, -1), { text: row.at(-1)!, verdict }];
  });
  return {
    title: "Taylor sums on both sides of the radius",
    html: [
      figure({
        title: "Partial sums against the loss on the real axis",
        svg: partialSumFigure(sample, point),
        caption:
          `Up to the radius the sums close in on the loss, beyond it they leave, although the loss itself has no kink there: the sum of order 50 is off by at most ` +
          `${formatNumber(extreme(0.9, 50, Math.max), 2)} at 0.9 radii and by at least ${formatNumber(extreme(1.1, 50, Math.min), 2)} at 1.1. ` +
          (study.settings.model === "head"
            ? "The loss of the model itself (dashed) lies on the curve, since its logits are linear in t."
            : "Dashed: the loss of the network itself, whose logits are not quite linear in t."),
      }),
      figure({
        title: "Truncation error against order",
        svg: truncationFigure(sample),
        caption:
          `Inside (0.5 and 0.9 radii) the errors of orders 91 to 100 are at most ${formatNumber(worst(true), 2)}; outside (1.1 and 1.5) they reach ${formatNumber(worst(false), 2)}. ` +
          "Errors are cut off at 1e-16, which is rounding, and at 1e8.",
      }),
      tableHtml({
        caption: "Partial sums S_n of the line loss",
        columns: TAYLOR_COLUMNS,
        rows,
        note: `${asTold} of ${sample.taylor.length} rows do what the radius says: from orders 1 to 10 to orders 91 to 100 the largest error falls inside and grows outside.`,
      }),
      tableHtml({
        caption: "Loss of the model itself against linear logits",
        columns: GAP_COLUMNS,
        rows: gapRows(study),
        note: bendSentence(study),
      }),
    ],
  };
}

function batchSection(study: RadiusStudy): Section {
  const { radii, settings } = study;
  const middle = middleOf(radii.exact);
  const share = (kind: "spread" | "dominance" | "variance"): string =>
    formatPercent(middleOf(radii[kind]) / middle);
  const finite = radii.exact.filter((r) => r < Infinity);
  const infinite = radii.exact.length - finite.length;
  return {
    title: "The whole batch",
    html: [
      figure({
        title: `The four radii of ${settings.batchSize} samples`,
        svg: histogramFigure(study),
        caption:
          `The median of the spread bound is ${share("spread")} of the median exact radius, of the dominance bound ${share("dominance")}, of the variance bound ${share("variance")}. ` +
          (infinite === 0 ? "" : `${infinite} samples without any ghost are left out. `) +
          `The exact radii reach from ${formatNumber(Math.min(...finite))} to ${formatNumber(Math.max(...finite))}.`,
      }),
      tableHtml({
        caption: "Radius of the batch",
        columns: BATCH_COLUMNS,
        rows: batchRows(study),
        note: batchSentence(study),
      }),
    ],
  };
}
