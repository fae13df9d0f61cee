/** A column of a text or HTML table. */
export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/**
 * Aligned text with a rule under the header. Cells are plain text without line breaks; every character counts as
 * one column wide.
 */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const widths = columns.map((column, j) =>
    rows.reduce((width, row) => Math.max(width, row[j]?.length ?? 0), column.title.length),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, j) => {
        const cell = cells[j] ?? "";
        return column.align === "right" ? cell.padStart(widths[j]!) : cell.padEnd(widths[j]!);
      })
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [line(columns.map((column) => column.title)), rule, ...rows.map(line)].join("\n");
}

/** `value` to `digits` significant digits, in plain or exponent form, whichever is shorter to read. */
export function formatNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? "undefined" : value > 0 ? "infinite" : "-infinite";
  }
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) {
    // Of the rounded size: 0.9999 has the decimals of 1.
    const rounded = Number(size.toPrecision(digits));
    const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(rounded)));
    return value.toFixed(decimals);
  }
  return value.toExponential(digits - 1).replace("e+", "e");
}

/** 0.9417 as "94.2 %". */
export function formatPercent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}
