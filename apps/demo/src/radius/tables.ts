import { type Column, formatNumber, formatPercent } from "@xent/app-kit";
import { RADIUS_KINDS, RADIUS_MEANING } from "./radii.js";
import { ORDERS } from "./sample-study.js";
import type { BatchRow, RadiusStudy } from "./study.js";
import { directionName, modelName } from "./trained-point.js";

export const RADIUS_COLUMNS: readonly Column[] = [
  { title: "radius" },
  { title: "t", align: "right" },
  { title: "of exact", align: "right" },
  { title: "status" },
  { title: "what it is" },
];

/** The four radii, then the heuristics, labelled as such. */
export function radiusRows({ sample }: RadiusStudy): string[][] {
  const { radii, ghost, heuristics } = sample;
  const share = (r: number): string => formatPercent(r / radii.exact);
  const exactStatus = ghost.certified ? "certified" : `not certified: ${ghost.reason}`;
  return [
    ...RADIUS_KINDS.map((kind) => [
      kind,
      formatNumber(radii[kind], 5),
      share(radii[kind]),
      kind === "exact" ? exactStatus : "proven bound",
      RADIUS_MEANING[kind],
    ]),
    [
      "top two",
      formatNumber(heuristics.topTwo, 5),
      share(heuristics.topTwo),
      "heuristic, no bound",
      "closed form of the two likeliest classes alone",
    ],
    [
      "coefficients",
      formatNumber(heuristics.series, 5),
      share(heuristics.series),
      "heuristic, no bound",
      "read off the Taylor coefficients up to order 100",
    ],
  ];
}

/** The bracket and what it cost. */
export function ghostSentence({ sample }: RadiusStudy): string {
  const { ghost } = sample;
  const { zero, lower, upper, evaluations } = ghost;
  const at =
    zero === undefined
      ? ""
      : `nearest ghost at t = ${formatNumber(zero.re, 6)} +- ${formatNumber(zero.im, 6)} i, `;
  return (
    `${at}|t| in [${lower.toPrecision(10)}, ${upper.toPrecision(10)}] ` +
    `(relative width ${formatNumber((upper - lower) / upper, 1)}), ` +
    `${ghost.certified ? "certified" : `not certified (${ghost.reason})`}, ${evaluations} evaluations of F`
  );
}

export const TAYLOR_COLUMNS: readonly Column[] = [
  { title: "t / radius", align: "right" },
  { title: "loss, linear logits", align: "right" },
  ...ORDERS.map((n): Column => ({ title: `S_${n}`, align: "right" })),
  { title: "largest error, S_91 to S_100", align: "right" },
  { title: "" },
];

/**
 * The largest error of ten orders up to `last`: the error oscillates with the order as the angle of the nearest
 * ghost says, so that a single one may be small by chance.
 */
export function largestError(errors: readonly number[], last: number): number {
  return Math.max(...errors.slice(last - 9, last + 1));
}

/** Whether the errors of orders 91 to 100 are below those of orders 1 to 10, or above. */
export function trendOf(errors: readonly number[]): "converges" | "diverges" {
  return largestError(errors, 100) < largestError(errors, 10) ? "converges" : "diverges";
}

export function taylorRows({ sample }: RadiusStudy): string[][] {
  return sample.taylor.map(({ ratio, linearised, sums, errors }) => [
    formatNumber(ratio, 2),
    formatNumber(linearised, 5),
    ...ORDERS.map((n) => formatNumber(sums[n]!, 5)),
    formatNumber(largestError(errors, 100), 2),
    trendOf(errors),
  ]);
}

export const GAP_COLUMNS: readonly Column[] = [
  { title: "t / radius", align: "right" },
  { title: "loss of the network", align: "right" },
  { title: "linear logits", align: "right" },
  { title: "gap", align: "right" },
  { title: "second-order logits", align: "right" },
  { title: "their gap", align: "right" },
];

export function gapRows({ sample }: RadiusStudy): string[][] {
  return sample.gaps.map((g) => [
    formatNumber(g.t / sample.radii.exact, 2),
    formatNumber(g.loss, 4),
    formatNumber(g.linearised, 4),
    formatNumber(g.gap, 2),
    formatNumber(g.secondOrder, 4),
    formatNumber(g.secondOrderGap, 2),
  ]);
}

export const BATCH_COLUMNS: readonly Column[] = [
  { title: "of the batch" },
  { title: "mode" },
  { title: "radius", align: "right" },
  { title: "sample", align: "right" },
  { title: "exact solves", align: "right" },
  { title: "evaluations of F", align: "right" },
];

/** "minimum", "10 % quantile". */
export function aggregateName(aggregate: BatchRow["aggregate"]): string {
  if (aggregate === "minimum") return aggregate;
  return aggregate === 0.5 ? "median" : `${100 * aggregate} % quantile`;
}

export function batchRows({ batch, settings }: RadiusStudy): string[][] {
  return batch.map((row) => [
    aggregateName(row.aggregate),
    row.mode,
    formatNumber(row.radius, 5),
    String(row.sample),
    row.mode === "exact" ? `${row.solved} of ${settings.batchSize}` : "-",
    row.mode === "exact" ? String(row.evaluations) : "-",
  ]);
}

/** What was trained and what was chosen. */
export function headline(study: RadiusStudy): string {
  const { settings, sample, stepLength, loss } = study;
  const chosen =
    sample.sample === study.bottleneck ? "the bottleneck of the batch" : "chosen by --sample";
  const top = sample.probabilities.indexOf(Math.max(...sample.probabilities));
  return (
    `${modelName(settings.model)}, ${settings.steps} steps of Adam; batch of ${settings.batchSize}, loss ${formatNumber(loss)}; ` +
    `t is the distance along the ${directionName(settings.direction)}, of which the next one has length ${formatNumber(stepLength)}.\n` +
    `Sample ${sample.sample} (row ${study.trainingRow} of the training set; ${chosen}): a ${sample.label}, ` +
    `read as ${top} with probability ${formatPercent(sample.probabilities[top]!)}, loss ${formatNumber(sample.loss)}.`
  );
}

/** How far the line is from one with linear logits. */
export function bendSentence({ sample, settings }: RadiusStudy): string {
  if (settings.model === "head") {
    return "The logits of a softmax head are linear in its parameters: the gap is rounding.";
  }
  const rho = sample.radii.exact;
  const { corrected, kinks, bendingLength } = sample;
  const moved =
    corrected.status === "converged"
      ? `the ghost of the second-order logits is at ${formatNumber(corrected.radius / rho)} radii (an estimate)`
      : "the ghost could not be followed to the second-order logits";
  return (
    `The radii are those of linear logits. This network's second-order term is as large as the linear one at ` +
    `${formatNumber(bendingLength / rho)} radii, ${moved}, and the first ReLU of this sample switches at ` +
    `${formatNumber(kinks.ahead / rho)} radii ahead and ${formatNumber(kinks.behind / rho)} behind.`
  );
}

/** Cost of the exact minimum against solving every sample. */
export function batchSentence({ batch, settings, radii }: RadiusStudy): string {
  const minimum = batch.find((r) => r.mode === "exact" && r.aggregate === "minimum")!;
  const all = Math.min(...radii.exact);
  // Certified brackets have a relative width of at most 1e-6.
  const agrees = Math.abs(minimum.radius / all - 1) <= 1e-6;
  return (
    `Branch and bound solved ${minimum.solved} of ${settings.batchSize} samples exactly for the minimum; ` +
    `solving all of them gives ${agrees ? "the same" : `another one, ${formatNumber(all, 6)}`}. ` +
    (radii.uncertified === 0
      ? `All ${settings.batchSize} exact radii are certified.`
      : `${radii.uncertified} of the exact radii are not certified.`)
  );
}
