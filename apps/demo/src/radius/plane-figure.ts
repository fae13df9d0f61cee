import * as Plot from "@observablehq/plot";
import { formatNumber, plotSvg, seriesColor } from "@xent/app-kit";
import { type Ghost, type GhostRegion, ghostsInRectangle, logPartition } from "@xent/taylor-radius";
import type { SampleStudy } from "./sample-study.js";

/** The complex plane around 0, as far as it is drawn. */
export interface PlaneView {
  /** Half width and half height, in units of t. */
  readonly x: number;
  readonly y: number;
  readonly region: GhostRegion;
}

// In exact radii: high enough for the second row of ghosts of a pair of classes, near 3 pi / spread.
const HALF_WIDTH = 5;
const HALF_HEIGHT = 3.6;

/** Decades by which cancellation makes |F(t)| smaller than F(Re t), at which the shade deepens. */
const DEPTHS = [0.05, 0.15, 0.3, 0.5, 0.75, 1, 1.4, 1.9];

const DISKS = [
  { kind: "spread", color: seriesColor(3), dashed: "6 4" },
  { kind: "dominance", color: seriesColor(4), dashed: "2 3" },
  { kind: "exact", color: seriesColor(2), dashed: "" },
] as const;

/** Finds all ghosts of the view that {@link planeFigure} draws. */
export function planeView(sample: SampleStudy): PlaneView {
  const rho = sample.radii.exact;
  const [x, y] = [HALF_WIDTH * rho, HALF_HEIGHT * rho];
  const region = ghostsInRectangle(sample.logits, sample.slopes, {
    left: -x,
    right: x,
    bottom: -y,
    top: y,
  });
  return { x, y, region };
}

/** |F(t)| / F(Re t) in decades below 1: 0 on the real axis, infinite at a ghost. */
function depth(sample: SampleStudy, re: number, im: number): number {
  const at = (y: number): number =>
    logPartition(sample.logits, sample.slopes, { re, im: y }).re / Math.LN10;
  const value = at(0) - at(im);
  // A grid point on a ghost: deeper than any shade.
  return Math.min(value, 20);
}

function circle(radius: number): { x: number; y: number }[] {
  return Array.from({ length: 241 }, (_, i) => {
    const angle = (2 * Math.PI * i) / 240;
    return { x: radius * Math.cos(angle), y: radius * Math.sin(angle) };
  });
}

function drawing(sample: SampleStudy, view: PlaneView, width: number, x: number): string {
  const margin = { marginLeft: 58, marginRight: 20, marginTop: 14, marginBottom: 44 };
  const inner = width - margin.marginLeft - margin.marginRight;
  const strip = sample.radii.spread;
  const shown = view.region.ghosts.filter((g) => Math.abs(g.re) < x);
  const nearest = (g: Ghost): boolean => Math.hypot(g.re, g.im) <= sample.ghost.upper + g.error;
  const ghostMark = (ghosts: Ghost[], own: boolean): Plot.Markish =>
    Plot.dot(ghosts, {
      x: "re",
      y: "im",
      r: own ? 5.5 : 3.5,
      fill: own ? seriesColor(2) : "var(--text)",
      stroke: "var(--panel)",
      strokeWidth: 1.5,
    });
  const halo = { stroke: "var(--panel)", strokeWidth: 4, paintOrder: "stroke" } as const;
  return plotSvg(
    {
      width,
      height: (inner * view.y) / x + margin.marginTop + margin.marginBottom,
      ...margin,
      x: { label: "Re t", domain: [-x, x], labelArrow: "none", ticks: width < 600 ? 4 : 8 },
      y: { label: "Im t", domain: [-view.y, view.y], labelArrow: "none", ticks: 6 },
      marks: [
        Plot.contour({
          x1: -x,
          x2: x,
          y1: -view.y,
          y2: view.y,
          value: (re: number, im: number) => depth(sample, re, im),
          thresholds: DEPTHS,
          pixelSize: 4,
          fill: seriesColor(1),
          fillOpacity: 0.12,
          stroke: seriesColor(1),
          strokeOpacity: 0.25,
          strokeWidth: 0.6,
        }),
        Plot.ruleY([-strip, strip], {
          stroke: seriesColor(3),
          strokeWidth: 1,
          strokeDasharray: "1 3",
        }),
        Plot.ruleY([0], { stroke: "currentColor", strokeOpacity: 0.5 }),
        Plot.ruleX([0], { stroke: "currentColor", strokeOpacity: 0.2 }),
        // The dashed ones last: where bounds are tight they lie on the exact circle.
        ...DISKS.toReversed().map(({ kind, color, dashed }) =>
          Plot.line(circle(sample.radii[kind]), {
            x: "x",
            y: "y",
            stroke: color,
            strokeWidth: 2,
            ...(dashed === "" ? {} : { strokeDasharray: dashed }),
          }),
        ),
        Plot.text(
          [
            // A phone has no room for more beside the disks.
            width < 600 ? "no ghosts" : `|Im t| < pi / spread = ${formatNumber(strip)}: no ghosts`,
          ],
          {
            x: -x,
            y: strip,
            text: (label: string) => label,
            textAnchor: "start",
            dx: 8,
            dy: 10,
            fontSize: 11,
            fill: seriesColor(3),
            ...halo,
          },
        ),
        ghostMark(
          shown.filter((g) => !nearest(g)),
          false,
        ),
        ghostMark(shown.filter(nearest), true),
        Plot.dot([[0, 0]], { r: 3, fill: "currentColor" }),
        Plot.frame({ stroke: "var(--rule)" }),
      ],
    },
    "The complex plane: |F| shaded, ghosts as points, disks of the radii",
    [
      { label: "ghosts", color: "var(--text)", symbol: "dot" },
      { label: "nearest pair", color: seriesColor(2), symbol: "dot" },
      ...DISKS.map(({ kind, color, dashed }) => ({
        label: `${kind} ${formatNumber(sample.radii[kind])}`,
        color,
        dashed: dashed !== "",
      })),
    ],
  );
}

/** Ghosts, strip and disks over |F|; drawn for a desk and for a phone. */
export function planeFigure(sample: SampleStudy, view: PlaneView): string {
  const narrow = drawing(sample, view, 400, view.x / 1.75);
  return `<div class="wide">${drawing(sample, view, 860, view.x)}</div><div class="narrow">${narrow}</div>`;
}

/** What the plane shows, from its numbers. */
export function planeCaption(sample: SampleStudy, { region }: PlaneView): string {
  const { radii } = sample;
  const within = region.ghosts.filter((g) => Math.abs(g.im) < radii.spread).length;
  const count =
    region.count === undefined
      ? `${region.ghosts.length} ghosts found (their number could not be proven)`
      : `${region.count} ghosts${region.complete ? ", all found" : `, of which ${region.ghosts.length} were found`}`;
  return (
    "Shade: how far the terms of F(t) cancel, |F(t)| / F(Re t), from none on the real axis to complete at a ghost, where the loss " +
    `has a logarithmic singularity. In this part of the plane the argument principle counts ${count}, ${within === 0 ? "none" : within} of them in the strip. ` +
    `The Taylor series of the loss at 0 converges in the exact disk and nowhere beyond it. The spread disk has ` +
    `${formatNumber((100 * radii.spread) / radii.exact)} % of its radius, the dominance disk ${formatNumber((100 * radii.dominance) / radii.exact)} %.`
  );
}
