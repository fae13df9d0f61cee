import { dot, line as lineMark, link, plot, ruleX, ruleY, text } from "@observablehq/plot";
import { heatImage, sequentialTable } from "../../figures/color-ramp.js";
import { Figure } from "../../figures/figure.js";
import { imageMark } from "../../figures/marks.js";
import { RADIUS_COLORS } from "../../figures/palette.js";
import { logAxis, plotDefaults } from "../../figures/plot-defaults.js";
import { tableOf } from "../../figures/table.js";
import { formatNumber } from "../../parts/controls.js";
import { theme } from "../../theme.js";
import type { GhostNumbers, GhostsAnswer, Plane } from "./compute.js";

function disk(radius: number): { x: number; y: number }[] {
  return Array.from({ length: 181 }, (_, i) => {
    const angle = (i / 90) * Math.PI;
    return { x: radius * Math.cos(angle), y: radius * Math.sin(angle) };
  });
}

/** Radii that the plane can show, widest first. */
function disksOf(numbers: GhostNumbers, reach: number) {
  const { spread, dominance, proven, nearest } = numbers;
  return (
    [
      ["exact", nearest.radius],
      ["proven", proven],
      ["dominance", dominance],
      ["spread", spread],
    ] as const
  ).filter(([, radius]) => radius < 1.4 * reach);
}

/** The complex plane: |F| shaded, ghosts, the strip without any, and the disks. */
export function PlaneFigure({ answer, plane }: { answer: GhostsAnswer; plane: Plane }) {
  const { numbers } = answer;
  const { reach, side, field, ghosts } = plane;
  const draw = (width: number) => {
    const size = Math.min(width, 620);
    const colors = sequentialTable(theme.peek());
    const limits = [-reach, reach] as const;
    return plot({
      ...plotDefaults(size),
      height: size,
      x: { domain: limits, label: "Re t →", ticks: 5 },
      y: { domain: limits, label: "↑ Im t", ticks: 5 },
      clip: true,
      marks: [
        imageMark({
          href: heatImage(field, side, side, colors, (v) => 1 - Math.min(1, v) ** 0.75),
          left: -reach,
          right: reach,
          bottom: -reach,
          top: reach,
          smooth: true,
        }),
        ruleX([0], { stroke: "var(--muted)", strokeOpacity: 0.5 }),
        ruleY([0], { stroke: "var(--muted)", strokeOpacity: 0.5 }),
        numbers.spread < reach
          ? ruleY([-numbers.spread, numbers.spread], {
              stroke: RADIUS_COLORS.spread,
              strokeDasharray: "2 4",
              strokeWidth: 1.5,
            })
          : null,
        ...disksOf(numbers, reach).map(([name, radius]) =>
          lineMark(disk(radius), {
            x: "x",
            y: "y",
            stroke: RADIUS_COLORS[name],
            strokeWidth: name === "exact" ? 2.5 : 2,
            ...(name === "proven" && { strokeDasharray: "6 4" }),
          }),
        ),
        numbers.nearest.zero
          ? link([numbers.nearest.zero], {
              x1: 0,
              y1: 0,
              x2: "re",
              y2: "im",
              stroke: RADIUS_COLORS.exact,
              strokeWidth: 1.5,
            })
          : null,
        dot(ghosts, {
          x: "re",
          y: "im",
          r: 5,
          fill: "var(--paper)",
          stroke: RADIUS_COLORS.exact,
          strokeWidth: 2.5,
        }),
        text([{ y: numbers.spread }], {
          x: -reach,
          y: "y",
          text: () => "no ghost in the strip |Im t| < π/Δ",
          textAnchor: "start",
          dx: 6,
          dy: -8,
          fill: "var(--ink)",
          stroke: "var(--paper)",
          strokeWidth: 3,
        }),
      ],
    });
  };
  const count = ghosts.reduce((n, g) => n + g.multiplicity, 0);
  return (
    <Figure
      name="plane"
      title="The complex plane"
      description={`Modulus of the partition function with ${count} ghosts; the nearest lies at distance ${formatNumber(numbers.nearest.radius)}.`}
      plot={draw}
      deps={[plane, answer]}
      table={() =>
        tableOf({
          re: ghosts.map((g) => g.re),
          im: ghosts.map((g) => g.im),
          multiplicity: ghosts.map((g) => g.multiplicity),
          error: ghosts.map((g) => g.error),
        })
      }
      caption={
        <>
          Strong colour: the terms of F cancel, |F| is small against its largest term. Rings:
          ghosts, {plane.complete ? `all ${count} in this square, proven` : `${count} found`}.
        </>
      }
    />
  );
}

/** Loss and Taylor polynomial along the real axis. */
export function LineFigure({ answer, order }: { answer: GhostsAnswer; order: number }) {
  const { line, reach, numbers } = answer;
  const rows = Array.from(line.t, (t, i) => ({ t, loss: line.loss[i]!, sum: line.sum[i]! }));
  const low = Math.min(...line.loss);
  const high = Math.max(...line.loss);
  const pad = 0.25 * (high - low) + 0.05;
  const radius = numbers.nearest.radius;
  const draw = (width: number) =>
    plot({
      ...plotDefaults(width),
      height: 260,
      x: { domain: [-reach, reach], label: "t →" },
      y: { domain: [low - pad, high + pad], label: "↑ loss", grid: true },
      clip: true,
      marks: [
        radius < 1e100
          ? ruleX([-radius, radius], { stroke: RADIUS_COLORS.exact, strokeDasharray: "4 3" })
          : null,
        ruleX([line.at], { stroke: "var(--muted)" }),
        lineMark(rows, { x: "t", y: "loss", stroke: "var(--ink)", strokeWidth: 2.5 }),
        lineMark(
          // What leaves the frame far off only makes the path long.
          rows.map((r) => ({
            ...r,
            sum: Math.max(low - 9 * pad, Math.min(high + 9 * pad, r.sum)),
          })),
          { x: "t", y: "sum", stroke: "var(--series-0)", strokeWidth: 2 },
        ),
      ],
    });
  return (
    <Figure
      name="line"
      title={`The loss and its Taylor polynomial of order ${order}`}
      description={`Loss along the direction, and its Taylor polynomial of order ${order}, which leaves it at distance ${formatNumber(radius)} from 0.`}
      plot={draw}
      deps={[answer, order]}
      table={() => tableOf({ t: line.t, loss: line.loss, sum: line.sum })}
      caption={
        <>
          <span class="swatch" style={{ background: "var(--ink)" }} />
          loss <span class="swatch" style={{ background: "var(--series-0)" }} />S<sub>{order}</sub>
          (t) <span class="swatch" style={{ background: RADIUS_COLORS.exact }} />
          ±ρ*: beyond, more terms make it worse.
        </>
      }
    />
  );
}

/** How the error at the chosen place goes with the order. */
export function ErrorFigure({ answer, order }: { answer: GhostsAnswer; order: number }) {
  const { errors } = answer.line;
  const rows = Array.from(errors, (error, n) => ({ n, error })).filter(
    (r) => r.error > 0 && r.error < Infinity,
  );
  const draw = (width: number) =>
    plot({
      ...plotDefaults(width),
      height: 220,
      x: { label: "order n →", domain: [0, errors.length - 1] },
      y: { ...logAxis(rows.map((r) => r.error)), label: "↑ |Sₙ(t) − loss(t)|" },
      marks: [
        ruleX([order], { stroke: "var(--series-0)", strokeWidth: 1.5 }),
        lineMark(rows, { x: "n", y: "error", stroke: "var(--muted)" }),
        dot(rows, { x: "n", y: "error", r: 2.5, fill: "var(--series-0)" }),
      ],
    });
  return (
    <Figure
      name="errors"
      title="Error of the partial sums at t"
      description="Error of each partial sum at the chosen t on a logarithmic axis: falling inside the radius, growing outside."
      plot={draw}
      deps={[answer, order]}
      table={() => tableOf({ order: Array.from(errors, (_, n) => n), error: errors })}
      caption="Inside the radius the errors fall like (|t|/ρ*)ⁿ until rounding; outside they grow."
    />
  );
}
