import { line as lineMark, plot, ruleX, ruleY } from "@observablehq/plot";
import { cssColor, divergingTable, heatImage } from "../../figures/color-ramp.js";
import { Figure } from "../../figures/figure.js";
import { imageMark } from "../../figures/marks.js";
import { seriesColor } from "../../figures/palette.js";
import { plotDefaults } from "../../figures/plot-defaults.js";
import { Projection } from "../../figures/projection.js";
import { tableOf, tableOfMatrix } from "../../figures/table.js";
import { formatNumber } from "../../parts/controls.js";
import { theme } from "../../theme.js";
import type { CollapseFrame, CollapseRun, DenseComparison } from "./compute.js";

interface RunProps {
  readonly run: CollapseRun;
  /** log10 of the time looked at. */
  readonly exponent: number;
}

const timeAxis = { label: "log₁₀ t →" } as const;

/** Strengths of the modes over time. */
export function StrengthsFigure({ run, exponent }: RunProps) {
  const { exponents, modes, strengths } = run;
  const width = modes.length;
  const rows = Array.from(strengths, (s, i) => ({
    e: exponents[Math.floor(i / width)]!,
    s,
    mode: i % width,
  }));
  const draw = (size: number) =>
    plot({
      ...plotDefaults(size),
      height: 270,
      x: timeAxis,
      y: { label: "↑ strength s of the mode", grid: true, zero: true },
      marks: [
        ruleY([0], { stroke: "var(--line)" }),
        ruleX([exponent], { stroke: "var(--muted)", strokeDasharray: "4 3" }),
        lineMark(rows, {
          x: "e",
          y: "s",
          z: "mode",
          stroke: (r: { mode: number }) => seriesColor(r.mode),
          strokeWidth: 1.8,
        }),
      ],
    });
  return (
    <Figure
      name="strengths"
      title="Singular values of the logits"
      description={`Strengths of ${width} modes against the logarithm of time.`}
      plot={draw}
      deps={[run, exponent]}
      table={() => ({
        columns: ["log10 t", ...Array.from(modes, (c) => `mode ${c}`)],
        rows: Array.from(exponents, (e, i) => [
          e,
          ...strengths.subarray(i * width, (i + 1) * width),
        ]),
      })}
      caption={`${width} modes, one of each conjugate pair. When all are equal the class means form a simplex.`}
    />
  );
}

/** V and the loss over time. */
export function LyapunovFigure({ run, exponent }: RunProps) {
  const { exponents, logLyapunov, logLoss } = run;
  const rows = (values: Float64Array) =>
    Array.from(values, (v, i) => ({ e: exponents[i]!, v })).filter((r) => Number.isFinite(r.v));
  const draw = (size: number) =>
    plot({
      ...plotDefaults(size),
      height: 270,
      x: timeAxis,
      y: { label: "↑ log₁₀", grid: true },
      marks: [
        ruleX([exponent], { stroke: "var(--muted)", strokeDasharray: "4 3" }),
        lineMark(rows(logLoss), { x: "e", y: "v", stroke: "var(--series-1)", strokeWidth: 2 }),
        lineMark(rows(logLyapunov), {
          x: "e",
          y: "v",
          stroke: "var(--series-0)",
          strokeWidth: 2.5,
        }),
      ],
    });
  return (
    <Figure
      name="lyapunov"
      title="Lyapunov function and loss"
      description="V and the loss against the logarithm of time, both on logarithmic axes."
      plot={draw}
      deps={[run, exponent]}
      table={() => tableOf({ "log10 t": exponents, "log10 V": logLyapunov, "log10 loss": logLoss })}
      caption={
        <>
          <span class="swatch" style={{ background: "var(--series-0)" }} />V{" "}
          <span class="swatch" style={{ background: "var(--series-1)" }} />
          loss. The loss vanishes long before V does.
        </>
      }
    />
  );
}

/** The logits at one time. */
export function LogitsFigure({ frame }: { frame: CollapseFrame }) {
  const { logits } = frame;
  const side = logits.rows;
  const largest = logits.data.reduce((m, v) => Math.max(m, Math.abs(v)), 0) || 1;
  const draw = (width: number) => {
    const size = Math.min(width, 380);
    const colors = divergingTable(theme.peek());
    return plot({
      ...plotDefaults(size),
      height: size,
      x: {
        domain: [0, side],
        label: "sample of class →",
        ticks: Math.min(side, 8),
        tickFormat: "d",
      },
      y: {
        domain: [side, 0],
        label: "↓ logit of class",
        ticks: Math.min(side, 8),
        tickFormat: "d",
      },
      marks: [
        imageMark({
          href: heatImage(logits.data, side, side, colors, (v) => 0.5 + v / (2 * largest)),
          left: 0,
          right: side,
          top: 0,
          bottom: side,
        }),
      ],
    });
  };
  const colors = divergingTable(theme.value);
  return (
    <Figure
      name="logits"
      title="Logits"
      description={`Heat map of the logits of the first ${side} classes; the largest is ${formatNumber(largest)} in size.`}
      plot={draw}
      deps={[frame]}
      table={() => tableOfMatrix({ logit: logits })}
      caption={
        <>
          From <span class="swatch square" style={{ background: cssColor(colors, 0) }} />−
          {formatNumber(largest, 3)} over 0 to{" "}
          <span class="swatch square" style={{ background: cssColor(colors, 1) }} />
          {formatNumber(largest, 3)}: a matrix of the group, constant where i − j is.
        </>
      }
    />
  );
}

/** Class means in space. */
export function MeansFigure({ frame, k }: { frame: CollapseFrame; k: number }) {
  const { means, meanModes } = frame;
  const count = means.length / 3;
  const edges: [number, number][] = [];
  if (k <= 8) for (let i = 0; i < count; i++) for (let j = 0; j < i; j++) edges.push([i, j]);
  const axes = [0, 1, 2].map((i) =>
    meanModes[i] === undefined ? ["", " ", "  "][i]! : `mode ${meanModes[i]}`,
  ) as [string, string, string];
  return (
    <Figure
      name="means"
      title={k <= 4 ? "Class means" : `Class means, projected on 3 of ${k - 1} modes`}
      description="Class means in space."
      table={() => ({
        columns: ["class", "x", "y", "z"],
        rows: Array.from({ length: count }, (_, i) => [
          i,
          means[3 * i],
          means[3 * i + 1],
          means[3 * i + 2],
        ]),
      })}
      caption={
        k <= 4
          ? "All of the space there is: at collapse a regular simplex. Drag, or use the arrow keys, to turn it."
          : "At collapse all pairs are equally far apart in the full space. Drag, or use the arrow keys, to turn it."
      }
    >
      <Projection points={means} edges={edges} axes={axes} />
    </Figure>
  );
}

/** Dense flow from small random matrices, beside its model. */
export function DenseFigure({ comparison }: { comparison: DenseComparison }) {
  const { exponents, modeCount, singularValues, modelStrengths, distances } = comparison;
  const rows = (values: Float64Array) =>
    Array.from(values, (s, i) => ({
      e: exponents[Math.floor(i / modeCount)]!,
      s,
      mode: i % modeCount,
    }));
  const stroke = (r: { mode: number }) => seriesColor(r.mode);
  const draw = (size: number) =>
    plot({
      ...plotDefaults(size),
      height: 270,
      x: timeAxis,
      y: { label: "↑ singular value", grid: true },
      marks: [
        lineMark(rows(singularValues), { x: "e", y: "s", z: "mode", stroke, strokeWidth: 2 }),
        lineMark(rows(modelStrengths), {
          x: "e",
          y: "s",
          z: "mode",
          stroke,
          strokeWidth: 1.5,
          strokeDasharray: "3 4",
        }),
      ],
    });
  const worst = distances.reduce((m, d) => Math.max(m, d), 0);
  return (
    <Figure
      name="dense"
      title="All matrices, from a small random start"
      description={`Singular values of the dense flow and strengths of its spectral model; they differ by at most ${formatNumber(worst, 3)} of their norm.`}
      plot={draw}
      deps={[comparison]}
      table={() => ({
        columns: [
          "log10 t",
          "distance",
          ...Array.from({ length: modeCount }, (_, j) => `dense ${j}`),
          ...Array.from({ length: modeCount }, (_, j) => `model ${j}`),
        ],
        rows: Array.from(exponents, (e, i) => [
          e,
          distances[i],
          ...singularValues.subarray(i * modeCount, (i + 1) * modeCount),
          ...modelStrengths.subarray(i * modeCount, (i + 1) * modeCount),
        ]),
      })}
      caption={`Solid: dense simulation; dashed: the spectral model of its start. They differ by at most ${formatNumber(100 * worst, 3)} % of their norm.`}
    />
  );
}
