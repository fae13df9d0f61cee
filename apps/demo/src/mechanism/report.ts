import {
  type Column,
  figure,
  formatNumber,
  renderReport,
  responsiveLineChart,
  type SeriesColor,
  tableHtml,
} from "@xent/app-kit";
import type { RaceResult } from "../optimisers/race.js";
import { RACE_NOTES, raceColumns, raceRows } from "../optimisers/report.js";
import type { Closeness } from "./closeness.js";
import type { ShareRecord } from "./share.js";

export interface Mechanism {
  readonly closeness: readonly Closeness[];
  readonly share: readonly ShareRecord[];
  readonly race: readonly RaceResult[];
}

/** Each value once, in order: that of the rows and columns of the table. */
export const uniqueAscending = (values: readonly number[]): number[] =>
  [...new Set(values)].sort((a, b) => a - b);

/** Text of max q; the diffuse value 1 / (C - 1) is written as such. */
export function concentrationName(one: Pick<Closeness, "concentration" | "classCount">): string {
  return Math.abs(one.concentration * (one.classCount - 1) - 1) < 1e-12
    ? `1/${one.classCount - 1}`
    : String(one.concentration);
}

export function closenessColumns(cases: readonly Closeness[]): Column[] {
  return [
    { title: "classes", align: "right" },
    { title: "p_y", align: "right" },
    { title: "max q", align: "right" },
    ...uniqueAscending(cases.map((one) => one.damping)).map(
      (damping): Column => ({ title: `lambda ${damping.toExponential()}`, align: "right" }),
    ),
  ];
}

/** One row a class count, p_y and concentration; cells are "cosine (norm ratio)". */
export function closenessRows(cases: readonly Closeness[]): string[][] {
  const rows = new Map<string, string[]>();
  for (const one of cases) {
    const head = [String(one.classCount), String(one.probability), concentrationName(one)];
    const key = head.join(" ");
    const row = rows.get(key) ?? head;
    rows.set(key, [...row, `${one.cosine.toFixed(3)} (${one.normRatio.toFixed(2)})`]);
  }
  return [...rows.values()];
}

export const CLOSENESS_NOTES: string =
  "Cosine of the FGN step to the full GGN step, and in brackets the ratio of their lengths: linear head, 32 examples of 16 normal features, " +
  "every example with the same p_y and max q, the other competitors even. With much damping both are near the scaled gradient, so that a cosine of 1 says little there.";

export function shareColumns(): Column[] {
  return ["step", "training loss", "dropped share", "mean max q"].map((title) => ({
    title,
    align: "right",
  }));
}

export function shareRows(records: readonly ShareRecord[]): string[][] {
  return records.map((r) => [
    String(r.step),
    formatNumber(r.loss),
    formatNumber(r.droppedShare),
    formatNumber(r.meanTopCompetitor),
  ]);
}

export const SHARE_NOTES: string =
  "Softmax head on the digits, Adam. Dropped share: trace of the within-competitor term over the trace of the full GGN, over the training set, " +
  "estimated from 64 random directions.";

export const HEAD_NOTES: string = `The features are the hidden layer of an MLP trained on the digits. ${RACE_NOTES}`;

const COLORS: readonly SeriesColor[] = [1, 2, 3, 4, 5, 6];

export function mechanismReport(result: Mechanism, seed: number): string {
  const { closeness, share, race } = result;
  const dampings = uniqueAscending(closeness.map((one) => one.damping));
  const lines = dampings.flatMap((damping, i) =>
    uniqueAscending(closeness.map((one) => one.classCount)).flatMap((classCount) =>
      uniqueAscending(closeness.map((one) => one.probability)).map((probability) => {
        const points = closeness
          .filter(
            (one) =>
              one.damping === damping &&
              one.classCount === classCount &&
              one.probability === probability,
          )
          .sort((a, b) => a.concentration - b.concentration);
        return {
          name: `lambda ${damping.toExponential()}`,
          color: COLORS[i % COLORS.length]!,
          x: points.map((one) => one.concentration),
          y: points.map((one) => one.cosine),
          panel: { column: `${classCount} classes`, row: `p_y ${probability}` },
        };
      }),
    ),
  );
  const series = (name: string, color: SeriesColor, y: (r: ShareRecord) => number) => ({
    name,
    color,
    x: share.map((r) => r.step),
    y: share.map(y),
  });
  return renderReport({
    title: "When FGN can stand for the full Gauss-Newton matrix",
    lead:
      "FGN keeps the true-against-rest part of the curvature and drops the covariance within the competitors. " +
      "These experiments show when that matters.",
    sections: [
      {
        title: "Closeness to the full GGN",
        html: [
          figure({
            title: "Cosine of the two steps against the concentration of the competitors",
            svg: responsiveLineChart({
              series: lines,
              x: { label: "max q", type: "linear", domain: [0, 1] },
              y: { label: "cosine", type: "linear" },
              alt: "Cosine between FGN and GGN steps against max q, one line for each damping",
            }),
            caption: CLOSENESS_NOTES,
          }),
          tableHtml({
            caption: "Cosine (ratio of lengths)",
            columns: closenessColumns(closeness),
            rows: closenessRows(closeness),
          }),
        ],
      },
      {
        title: "What FGN drops during training",
        html: [
          figure({
            title: "Dropped share and competitor concentration",
            svg: responsiveLineChart({
              series: [
                series("dropped share of the trace", 2, (r) => r.droppedShare),
                series("mean max q", 1, (r) => r.meanTopCompetitor),
              ],
              x: { label: "step", type: "linear" },
              y: { label: "share", type: "linear", domain: [0, 1] },
              alt: "Dropped share of the trace and mean largest competitor share against training steps",
            }),
            caption: SHARE_NOTES,
          }),
          tableHtml({
            caption: "During training",
            columns: shareColumns(),
            rows: shareRows(share),
          }),
        ],
      },
      {
        title: "A head on fixed features",
        html: [
          tableHtml({
            caption: "Softmax head on the hidden layer of a trained MLP",
            columns: raceColumns(),
            rows: raceRows(race),
            note: HEAD_NOTES,
          }),
        ],
      },
    ],
    footer: `xent-demo fgn, seed ${seed}. Times vary from run to run; everything else does not.`,
  });
}
