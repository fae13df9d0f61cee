import { below, exponentOf, scaleByPower, U } from "./directed-rounding.js";
import {
  boundFrom,
  type DominanceInterval,
  dominanceOfLeader,
  radiusOfFewSlopes,
} from "./dominance.js";
import {
  BINNED_FROM,
  LeadingClass,
  newSlopeRange,
  type Row,
  type SlopeRange,
} from "./leading-class.js";
import { SlopeGrid } from "./slope-grid.js";
import { halfSpreadUp, spreadRadiusOfRange } from "./spread.js";
import { TiltedVariance } from "./tilted-variance.js";
import { profileMinimum } from "./variance-cover.js";

/** Tolerances below this one count as this: the cover has roundings of its own. */
const LEAST_TOLERANCE = 1e-7;

/** Of a tolerance, the part that is left to a grid; the rest is the cover's. */
const GRID_SHARE = 0.4;

/** A grid, and for which tolerances and rows it pays: it is then cheaper than a few of its rows' exponentials. */
interface Resolution {
  readonly grid: SlopeGrid;
  readonly tolerance: number;
  readonly classes: number;
}
const resolutions: readonly Resolution[] = [
  { grid: new SlopeGrid(126), tolerance: 5e-3, classes: BINNED_FROM },
  { grid: new SlopeGrid(504), tolerance: 5e-4, classes: 4 * BINNED_FROM },
];

// Memory from row to row. None of this is entered again while it runs.
const range: SlopeRange = newSlopeRange();
const leading = new LeadingClass();
const tilted = new TiltedVariance();
const NOWHERE: DominanceInterval = { below: 0, above: 0 };
let interval: DominanceInterval = NOWHERE;
const keepInterval = (of: DominanceInterval): void => {
  interval = of;
};

/** In units of step, rounded down; the cover rounds by less than 4 u. */
function toStep(bound: number, exponent: number): number {
  const low = scaleByPower(bound * (1 - 4 * U), -exponent);
  return below(Math.min(low, Number.MAX_VALUE), 2);
}

/** The variance bound of a row with three slopes or more, from its classes one by one. */
function boundByClasses(row: Row, led: boolean, tolerance: number): number {
  const base = dominanceOfLeader(row, range, leading, led, keepInterval);
  tilted.take(row, range);
  const inUnits = scaleByPower(base, tilted.exponent);
  const { R } = profileMinimum(tilted, interval, inUnits, tolerance);
  return Math.max(base, toStep(R, tilted.exponent));
}

/**
 * The same on a grid; 0 where that says too little. Where the bound is proven to exceed that of dominance, the latter is
 * not computed: a few passes over the classes are all then that touches them.
 */
function boundOnGrid(row: Row, led: boolean, grid: SlopeGrid, tolerance: number): number {
  const { minimum, maximum } = range;
  const exponent = exponentOf(halfSpreadUp(minimum, maximum)) + 1;
  const leader = led ? leading.leader : undefined;
  grid.fill(row, leading.weights, minimum, maximum, exponent, leader ?? minimum, leader);
  let outside = NOWHERE;
  // An end of the dominance interval that no computation of it passes.
  let end = 0;
  if (led) {
    const unit = leading.leaderWeight;
    end = Infinity;
    if (grid.isBelow(unit)) {
      const above = grid.belowUpTo(1, unit);
      end = grid.beyond;
      const down = grid.belowUpTo(-1, unit);
      end = Math.min(end, grid.beyond);
      if (above === undefined || down === undefined) return 0;
      outside = { below: down, above };
    }
    grid.addAtOrigin(unit);
  }
  const strip = spreadRadiusOfRange(minimum, maximum);
  // Dominance is at least this.
  const base = Math.hypot(Math.min(outside.below, outside.above), scaleByPower(strip, exponent));
  const { R, doubt } = profileMinimum(grid, outside, base, (1 - GRID_SHARE) * tolerance);
  if (!(R > 0 && doubt <= GRID_SHARE * tolerance)) return 0;
  const bound = toStep(R, exponent);
  if (bound > boundFrom(end, exponent, strip) * (1 + 16 * U)) return bound;
  return Math.max(bound, dominanceOfLeader(row, range, leading, led));
}

/**
 * The larger of dominance and variance bound, the latter to a relative `tolerance` of the profile's minimum, of a row whose
 * numbers have been checked.
 */
export function varianceBoundOfRow(row: Row, tolerance: number): number {
  const few = radiusOfFewSlopes(row, range);
  if (few !== undefined) return few;
  const led = leading.find(row, range);
  for (const { grid, tolerance: finest, classes } of resolutions) {
    if (tolerance < finest || row.classes < classes) continue;
    const bound = boundOnGrid(row, led, grid, tolerance);
    if (bound > 0) return bound;
    break;
  }
  return boundByClasses(row, led, Math.max(tolerance, LEAST_TOLERANCE));
}
