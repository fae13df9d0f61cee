import { contour, dot, line as lineMark, plot, ruleY, text } from "@observablehq/plot";
import { divergingTable, heatImage, sequentialTable } from "../../figures/color-ramp.js";
import { Figure } from "../../figures/figure.js";
import { imageMark } from "../../figures/marks.js";
import { plotDefaults } from "../../figures/plot-defaults.js";
import { tableOf, tableOfMatrix } from "../../figures/table.js";
import { formatNumber } from "../../parts/controls.js";
import { theme } from "../../theme.js";
import type { CurvatureAnswer, TrustMap } from "./compute.js";

interface Matrix {
  readonly rows: number;
  readonly data: Float64Array;
}

interface MatrixFigureProps {
  readonly name: string;
  readonly title: string;
  readonly matrix: Matrix;
  /** Size of an entry with the strongest colour; common to the three matrices. */
  readonly largest: number;
  readonly caption: string;
}

export function MatrixFigure({ name, title, matrix, largest, caption }: MatrixFigureProps) {
  const n = matrix.rows;
  const draw = (width: number) => {
    const size = Math.min(width, 330);
    const cells = Array.from(matrix.data, (v, i) => ({
      x: (i % n) + 0.5,
      y: Math.floor(i / n) + 0.5,
      v,
      strong: Math.abs(v) > 0.55 * largest,
    }));
    return plot({
      ...plotDefaults(size),
      marginLeft: 26,
      marginTop: 8,
      height: size,
      x: { domain: [0, n], label: null, axis: null },
      y: { domain: [n, 0], label: null, axis: null },
      marks: [
        imageMark({
          href: heatImage(
            matrix.data,
            n,
            n,
            divergingTable(theme.peek()),
            (v) => 0.5 + v / (2 * largest),
          ),
          left: 0,
          right: n,
          top: 0,
          bottom: n,
        }),
        text(
          Array.from({ length: n }, (_, i) => i),
          { x: (i: number) => i + 0.5, y: n, dy: 12, text: String },
        ),
        text(
          Array.from({ length: n }, (_, i) => i),
          { x: 0, y: (i: number) => i + 0.5, dx: -10, text: String },
        ),
        n <= 6
          ? text(cells, {
              x: "x",
              y: "y",
              text: (c: { v: number }) =>
                Math.abs(c.v) < (n < 5 ? 5e-4 : 5e-3)
                  ? "0"
                  : c.v.toFixed(n < 5 ? 3 : 2).replace("-", "−"),
              fill: (c: { strong: boolean }) => (c.strong ? "var(--paper)" : "var(--ink)"),
              fontSize: 10,
            })
          : null,
      ],
    });
  };
  return (
    <Figure
      name={name}
      title={title}
      description={`${title}: ${n} x ${n} matrix over the classes.`}
      plot={draw}
      deps={[matrix, largest]}
      table={() => tableOfMatrix({ value: { ...matrix, cols: n } })}
      caption={caption}
    />
  );
}

const SPECTRA = [
  ["GGN", "var(--ink)"],
  ["FGN", "var(--series-0)"],
  ["within", "var(--series-1)"],
] as const;

export function EigenvaluesFigure({ answer }: { answer: CurvatureAnswer }) {
  const spectra = [answer.ggnEigenvalues, answer.fgnEigenvalues, answer.withinEigenvalues];
  const rows = spectra.flatMap((values, s) =>
    Array.from(values.toReversed(), (value, i) => ({ i: i + 1, value, kind: SPECTRA[s]![0] })),
  );
  const color = (r: { kind: string }) => SPECTRA.find(([kind]) => kind === r.kind)![1];
  const draw = (width: number) =>
    plot({
      ...plotDefaults(width),
      height: 260,
      x: { label: "eigenvalue number →", ticks: answer.ggnEigenvalues.length, tickFormat: "d" },
      y: { label: "↑ eigenvalue", grid: true },
      marks: [
        ruleY([0], { stroke: "var(--line)" }),
        lineMark(rows, { x: "i", y: "value", z: "kind", stroke: color, strokeWidth: 1.5 }),
        dot(rows, { x: "i", y: "value", fill: color, r: 4 }),
      ],
    });
  return (
    <Figure
      name="eigenvalues"
      title="Eigenvalues"
      description="Eigenvalues of the full matrix and of its two parts, in descending order."
      plot={draw}
      deps={[answer]}
      table={() => tableOf({ ggn: spectra[0]!, fgn: spectra[1]!, within: spectra[2]! })}
      caption={SPECTRA.map(([kind, stroke]) => (
        <span key={kind}>
          <span class="swatch" style={{ background: stroke }} />
          {kind}{" "}
        </span>
      ))}
    />
  );
}

export function TrustFigure({ map, answer }: { map: TrustMap; answer: CurvatureAnswer }) {
  const { side, shares, margins, strongest } = map;
  const here = {
    x: Math.max(margins[0], Math.min(margins[1], answer.margin)),
    y: answer.strongestCompetitor,
  };
  const draw = (width: number) =>
    plot({
      ...plotDefaults(width),
      height: 320,
      x: { domain: margins, label: "margin →" },
      y: { domain: strongest, label: "↑ share of the strongest competitor" },
      marks: [
        imageMark({
          href: heatImage(shares, side, side, sequentialTable(theme.peek()), (v) => v),
          left: margins[0],
          right: margins[1],
          bottom: strongest[0],
          top: strongest[1],
          smooth: true,
        }),
        contour(shares, {
          width: side,
          height: side,
          x1: margins[0],
          x2: margins[1],
          y1: strongest[1],
          y2: strongest[0],
          thresholds: [0.1, 0.3, 0.5],
          stroke: "var(--series-1)",
          strokeWidth: 1.5,
        }),
        dot([here], {
          x: "x",
          y: "y",
          r: 8,
          fill: "var(--series-4)",
          stroke: "var(--paper)",
          strokeWidth: 2.5,
        }),
      ],
    });
  return (
    <Figure
      name="trust"
      title="Where FGN can be trusted"
      description={`Share of the trace that FGN drops, by margin and strongest competitor; this example drops ${formatNumber(100 * answer.droppedShare, 3)} per cent.`}
      plot={draw}
      deps={[map, answer]}
      table={() => ({
        columns: ["margin", "strongest competitor", "dropped share"],
        rows: Array.from(shares, (share, i) => [
          margins[0] + (((i % side) + 0.5) / side) * (margins[1] - margins[0]),
          strongest[1] - ((Math.floor(i / side) + 0.5) / side) * (strongest[1] - strongest[0]),
          share,
        ]),
      })}
      caption="The stronger the colour, the more of the trace is dropped; lines at 10, 30 and 50 %. The other competitors are taken as equal; the dot is this example."
    />
  );
}
