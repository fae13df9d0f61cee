import { line as lineMark, type PlotOptions, plot, rect, ruleY } from "@observablehq/plot";
import { Figure } from "../../figures/figure.js";
import { RADIUS_COLORS } from "../../figures/palette.js";
import { logAxis, plotDefaults } from "../../figures/plot-defaults.js";
import { tableOf } from "../../figures/table.js";
import type { StepRow } from "./compute.js";

export interface Runs {
  readonly rows: readonly StepRow[];
  /** Runs that were taken back, for comparison. */
  readonly earlier: readonly (readonly StepRow[])[];
  readonly steps: number;
  readonly spikeAt: number;
  readonly spikeLength: number;
}

function frame(runs: Runs, width: number, options: PlotOptions): PlotOptions {
  const { steps, spikeAt, spikeLength } = runs;
  const spike =
    spikeLength > 0 && spikeAt < steps
      ? [
          rect([{}], {
            x1: spikeAt,
            x2: spikeAt + spikeLength,
            fill: "var(--series-4)",
            fillOpacity: 0.16,
          }),
        ]
      : [];
  return {
    ...plotDefaults(width),
    height: 240,
    x: { domain: [0, steps], label: "step →" },
    ...options,
    marks: [...spike, ...(options.marks ?? [])],
  };
}

const positive = (v: number): boolean => v > 0 && v < Infinity;

type Column = "loss" | "testAccuracy" | "proposed" | "taken" | "radius";

function lineOf(rows: readonly StepRow[], column: Column, stroke: string, options: object = {}) {
  return lineMark(
    rows.filter((r) => column === "testAccuracy" || positive(r[column])),
    { x: "step", y: column, stroke, strokeWidth: 2, ...options },
  );
}

const faint = { strokeWidth: 1.5, strokeOpacity: 0.7, strokeDasharray: "4 3" };

export function LossFigure({ runs }: { runs: Runs }) {
  return (
    <Figure
      name="loss"
      title="Training loss"
      description="Loss of each minibatch on a logarithmic axis; runs that were taken back are dashed."
      plot={(width) =>
        plot(
          frame(runs, width, {
            y: {
              ...logAxis([...runs.earlier.flat(), ...runs.rows].map((r) => r.loss)),
              label: "↑ loss of the minibatch",
            },
            marks: [
              ...runs.earlier.map((rows) => lineOf(rows, "loss", "var(--muted)", faint)),
              lineOf(runs.rows, "loss", "var(--series-0)"),
            ],
          }),
        )
      }
      deps={[runs]}
      table={() => tableOfRows(runs.rows)}
      caption="Tinted: the spike of the learning rate. Dashed: runs that were taken back."
    />
  );
}

export function AccuracyFigure({ runs }: { runs: Runs }) {
  return (
    <Figure
      name="accuracy"
      title="Test accuracy"
      description="Share of the test set that is classified rightly after each step."
      plot={(width) =>
        plot(
          frame(runs, width, {
            y: {
              domain: [0, 1],
              label: "↑ accuracy on 360 test digits",
              grid: true,
              tickFormat: "~%",
            },
            marks: [
              ruleY([0], { stroke: "var(--line)" }),
              ...runs.earlier.map((rows) => lineOf(rows, "testAccuracy", "var(--muted)", faint)),
              lineOf(runs.rows, "testAccuracy", "var(--series-3)"),
            ],
          }),
        )
      }
      deps={[runs]}
      table={() => tableOfRows(runs.rows)}
    />
  );
}

export function StepFigure({ runs }: { runs: Runs }) {
  return (
    <Figure
      name="steps"
      title="Step against radius"
      description="Length of the proposed step, of the step taken and the radius of the minibatch, on a logarithmic axis."
      plot={(width) =>
        plot(
          frame(runs, width, {
            y: {
              ...logAxis(runs.rows.flatMap((r) => [r.proposed, r.taken, r.radius])),
              label: "↑ length in parameter space",
            },
            marks: [
              lineOf(runs.rows, "proposed", "var(--series-1)", { strokeDasharray: "3 3" }),
              lineOf(runs.rows, "taken", "var(--series-0)"),
              lineOf(runs.rows, "radius", RADIUS_COLORS.exact),
            ],
          }),
        )
      }
      deps={[runs]}
      table={() => tableOfRows(runs.rows)}
      caption={
        <>
          <span class="swatch" style={{ background: "var(--series-1)" }} />
          proposed <span class="swatch" style={{ background: "var(--series-0)" }} />
          taken <span class="swatch" style={{ background: RADIUS_COLORS.exact }} />
          π/Δ of the minibatch. Above the radius the Taylor model of the loss says nothing.
        </>
      }
    />
  );
}

function tableOfRows(rows: readonly StepRow[]) {
  return tableOf({
    step: rows.map((r) => r.step),
    loss: rows.map((r) => r.loss),
    testAccuracy: rows.map((r) => r.testAccuracy),
    proposed: rows.map((r) => r.proposed),
    taken: rows.map((r) => r.taken),
    radius: rows.map((r) => r.radius),
    bottleneck: rows.map((r) => r.bottleneck?.row),
  });
}
