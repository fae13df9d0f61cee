const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A size as people write it: powers of two from 2^10 as such. */
export function sizeLabel(value: number): string {
  const m = Math.log2(value);
  if (m < 10 || !Number.isInteger(m)) return String(value);
  return `2${[...String(m)].map((d) => SUPERSCRIPTS[Number(d)]).join("")}`;
}

/** Milliseconds in the unit that leaves one to three digits before the point. */
export function timeLabel(milliseconds: number): string {
  const [value, unit] =
    milliseconds < 1e-3
      ? [milliseconds * 1e6, "ns"]
      : milliseconds < 1
        ? [milliseconds * 1e3, "µs"]
        : milliseconds < 1e3
          ? [milliseconds, "ms"]
          : [milliseconds / 1e3, "s"];
  return `${Number(value.toPrecision(3))} ${unit}`;
}

/** Text for HTML and SVG. */
export const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
