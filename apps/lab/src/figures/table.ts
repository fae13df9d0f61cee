/** A data set behind a figure: named columns of equal length. */
export interface Table {
  readonly columns: readonly string[];
  /** Rows of cells; numbers are written in full, missing values stay empty. */
  readonly rows: readonly (readonly (number | string | undefined)[])[];
}

function csvCell(value: number | string | undefined): string {
  if (value === undefined) return "";
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180, with a header line. */
export function tableToCsv(table: Table): string {
  const lines = [table.columns, ...table.rows].map((row) => row.map(csvCell).join(","));
  return `${lines.join("\r\n")}\r\n`;
}

/** An array of objects; JSON has no infinities, which are spelt as text. */
export function tableToJson(table: Table): string {
  const records = table.rows.map((row) =>
    Object.fromEntries(
      table.columns.map((name, i) => {
        const value = row[i];
        const finite = typeof value !== "number" || Number.isFinite(value);
        return [name, value === undefined ? null : finite ? value : String(value)];
      }),
    ),
  );
  return `${JSON.stringify(records, null, 1)}\n`;
}

/** A table of columns given as arrays. */
export function tableOf(
  columns: Readonly<Record<string, ArrayLike<number | string | undefined>>>,
): Table {
  const names = Object.keys(columns);
  const length = Math.max(0, ...names.map((name) => columns[name]!.length));
  return {
    columns: names,
    rows: Array.from({ length }, (_, i) => names.map((name) => columns[name]![i])),
  };
}

/** A matrix as a table of row, column, value. */
export function tableOfMatrix(
  matrices: Readonly<
    Record<
      string,
      { readonly rows: number; readonly cols: number; readonly data: ArrayLike<number> }
    >
  >,
): Table {
  const names = Object.keys(matrices);
  const { rows, cols } = matrices[names[0]!]!;
  return {
    columns: ["row", "column", ...names],
    rows: Array.from({ length: rows * cols }, (_, i) => [
      Math.floor(i / cols),
      i % cols,
      ...names.map((name) => matrices[name]!.data[i]),
    ]),
  };
}
