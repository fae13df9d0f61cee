import { type Column, formatNumber } from "@xent/app-kit";
import type { Observation } from "./observation.js";

export const TABLE_COLUMNS: readonly Column[] = [
  "t",
  "smallest",
  "largest",
  "loss",
  "V",
  "V'",
  "angle deviation",
  "ratio",
].map((title) => ({ title, align: "right" }));

/** A time to three digits without trailing zeros: 0.01, 316, 1e8. */
export function formatTime(time: number): string {
  const [mantissa, exponent] = formatNumber(time).split("e");
  const short = mantissa!.includes(".") ? mantissa!.replace(/\.?0+$/, "") : mantissa!;
  return exponent === undefined ? short : `${short}e${exponent}`;
}

/** One row of text a time. */
export function tableRows(observations: readonly Observation[]): string[][] {
  return observations.map((one) => [
    formatTime(one.time),
    formatNumber(one.smallest, 4),
    formatNumber(one.largest, 4),
    formatNumber(one.loss),
    one.lyapunov === null ? "undefined" : formatNumber(one.lyapunov, 4),
    one.lyapunovRate === null ? "undefined" : formatNumber(one.lyapunovRate),
    formatNumber(one.angleDeviation),
    formatNumber(one.ratio, 4),
  ]);
}
