import { type Column, formatNumber, groupBy } from "@xent/app-kit";
import type { Method, RaceJob, RaceResult } from "./race.js";

/** One number of classes and one batch size of the sweep. */
export interface SweepCell {
  /** The first so many digits. */
  readonly classes: number;
  readonly batchSize: number;
}

/** Few classes to all, small batches to all examples: from steps that are all overhead to steps that are all products. */
export const SWEEP_CELLS: readonly SweepCell[] = [3, 5, 10].flatMap((classes) =>
  [64, 256, Number.MAX_SAFE_INTEGER].map((batchSize): SweepCell => ({ classes, batchSize })),
);

/** Adam and FGN with all their settings in every cell. */
export function sweepJobs(
  methods: readonly Method[],
  options: Pick<RaceJob, "seed" | "steps" | "repeats">,
): RaceJob[] {
  return SWEEP_CELLS.flatMap(({ classes, batchSize }) =>
    methods
      .filter(({ kind }) => kind === "adam" || kind === "fgn")
      .map((method): RaceJob => ({ method, data: { classes }, batchSize, ...options })),
  );
}

/** The fastest Adam and the fastest FGN of a cell; undefined when none reached the last goal. */
export interface SweepRow {
  readonly cell: SweepCell;
  readonly adam: RaceResult | undefined;
  readonly fgn: RaceResult | undefined;
}

export function fastestOf(
  results: readonly RaceResult[],
  kind: Method["kind"],
  by: "steps" | "seconds",
): RaceResult | undefined {
  const last = (result: RaceResult): number => result.milestones.at(-1)![by];
  return results
    .filter((r) => r.job.method.kind === kind && r.milestones.at(-1) !== null)
    .sort((a, b) => last(a) - last(b))[0];
}

export function summarizeSweep(results: readonly RaceResult[]): SweepRow[] {
  return SWEEP_CELLS.map((cell) => {
    const own = results.filter(({ job: { data, batchSize } }) => {
      const classes = typeof data === "object" ? data.classes : undefined;
      return classes === cell.classes && batchSize === cell.batchSize;
    });
    return {
      cell,
      adam: fastestOf(own, "adam", "seconds"),
      fgn: fastestOf(own, "fgn", "seconds"),
    };
  });
}

export function sweepColumns(): Column[] {
  return [
    { title: "digits", align: "right" },
    { title: "batch", align: "right" },
    { title: "Adam: rate", align: "right" },
    { title: "steps", align: "right" },
    { title: "ms", align: "right" },
    { title: "FGN: lambda, r, momentum", align: "right" },
    { title: "steps", align: "right" },
    { title: "products", align: "right" },
    { title: "ms", align: "right" },
    { title: "Adam / FGN: steps", align: "right" },
    { title: "time", align: "right" },
  ];
}

/** The numbers of the settings, in the order of the column titles. */
function settingsCell(method: Method): string {
  return "rate" in method
    ? String(method.rate)
    : [method.damping.toExponential(), method.target, method.momentum].join(", ");
}

function batchName({ batchSize }: SweepCell): string {
  return batchSize === Number.MAX_SAFE_INTEGER ? "all" : String(batchSize);
}

export function sweepRows(rows: readonly SweepRow[]): string[][] {
  return rows.map(({ cell, adam, fgn }) => {
    const side = (result: RaceResult | undefined, withProducts: boolean): string[] => {
      const m = result?.milestones.at(-1);
      if (result === undefined || m == null) {
        return ["not reached", "-", ...(withProducts ? ["-"] : []), "-"];
      }
      return [
        settingsCell(result.job.method),
        String(m.steps),
        ...(withProducts ? [String(m.calls.jvp + m.calls.vjp)] : []),
        formatNumber(1000 * m.seconds, 2),
      ];
    };
    const ratio = (by: "steps" | "seconds"): string =>
      adam === undefined || fgn === undefined
        ? "-"
        : formatNumber(adam.milestones.at(-1)![by] / fgn.milestones.at(-1)![by], 2);
    return [
      String(cell.classes),
      batchName(cell),
      ...side(adam, false),
      ...side(fgn, true),
      ratio("steps"),
      ratio("seconds"),
    ];
  });
}

/** Where FGN was faster by the clock, from the numbers. */
export function sweepVerdict(rows: readonly SweepRow[]): string {
  const decided = rows.filter((r) => r.adam !== undefined && r.fgn !== undefined);
  const faster = decided.filter(
    ({ adam, fgn }) => fgn!.milestones.at(-1)!.seconds < adam!.milestones.at(-1)!.seconds,
  );
  const where = groupBy(faster, ({ cell }) => String(cell.classes)).map(
    (own) =>
      `${own[0]!.cell.classes} digits in batches of ${own.map(({ cell }) => batchName(cell)).join(", ")}`,
  );
  return (
    `FGN was faster than the best Adam in ${faster.length} of ${decided.length} cells that both finished` +
    (where.length > 0 ? `: ${where.join("; ")}.` : ".")
  );
}

export const SWEEP_NOTES: string =
  "Time to a training loss of 0.02 (over the whole set, evaluated outside the clock), the best setting of each side by time. " +
  "Products: with the Jacobian and its transpose; a step in the row space takes one, and a B x B factorisation that is not counted here. " +
  "Adam takes one a step.";
