import { U } from "./directed-rounding.js";
import {
  type Evaluation,
  type ExponentialSum,
  evaluate,
  newEvaluation,
} from "./exponential-sum.js";
import { type ZeroFreeDisk, zeroFreeDisk } from "./zero-free-disk.js";

/** A smooth piece of a contour, u from 0 to 1. */
export interface ContourPiece {
  x(u: number): number;
  y(u: number): number;
  /** Length in u of the part of the piece that a disk of radius h about one of its points surely covers, to either side. */
  reach(h: number): number;
  /** Largest modulus on the piece: coordinates are rounded relative to it. */
  readonly modulus: number;
}

/** Why a count could not be finished. */
export type TrackingFailure = "cancellation" | "zero-near-contour" | "range" | "budget";

/** Evaluations left, shared by everything that one call does. */
export interface Budget {
  left: number;
}

/** Told at each stop: the point and F / F' there (which is minus the Newton step). */
export type Hint = (x: number, y: number, stepRe: number, stepIm: number) => void;

/** A point of a piece with its zero-free disk: F e^(-rate s) hardly turns in it. */
export interface Stop {
  u: number;
  argument: number;
  reach: number;
  rateRe: number;
  rateIm: number;
  x: number;
  y: number;
}

/** The change of arg F along a piece, and its principal values at both ends. */
export interface TrackedArgument {
  readonly change: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Change of arg F along a piece, or the reason why it could not be followed. Two neighbouring stops
 * p, q are linked when their zero-free disks together cover the contour between them: at a point of
 * it in both, F e^(-c s) has turned from each by less than asin(0.95) < 1.26, so the change is
 * Im(c_p s_p) - Im(c_q s_q) plus an angle below 2.6, and the arguments computed at p and q (each off
 * by less than asin(0.1)) determine it.
 *
 * @param hint - called at each stop.
 */
export function trackArgument(
  sum: ExponentialSum,
  piece: ContourPiece,
  budget: Budget,
  hint?: Hint,
): TrackedArgument | { readonly failure: TrackingFailure } {
  const at: Evaluation = newEvaluation();
  const disk: ZeroFreeDisk = { radius: 0, rateRe: 0, rateIm: 0 };
  let failure: TrackingFailure | undefined;

  const stopAt = (u: number): Stop | undefined => {
    if (budget.left <= 0) {
      failure = "budget";
      return undefined;
    }
    budget.left--;
    const x = piece.x(u);
    const y = piece.y(u);
    evaluate(sum, x, y, at);
    if (hint !== undefined) {
      const square = at.derivativeRe * at.derivativeRe + at.derivativeIm * at.derivativeIm;
      const stepRe = (at.re * at.derivativeRe + at.im * at.derivativeIm) / square;
      const stepIm = (at.im * at.derivativeRe - at.re * at.derivativeIm) / square;
      if (square > 0) hint(x, y, stepRe, stepIm);
    }
    if (!zeroFreeDisk(sum, at, disk)) {
      failure = at.error < Infinity ? "cancellation" : "range";
      return undefined;
    }
    // The point lies within 4 u |t| of the contour, and so does its neighbour.
    const reach = piece.reach(disk.radius * (1 - 1e-9) - 16 * U * piece.modulus);
    if (!(reach > 1e-13)) {
      failure = "zero-near-contour";
      return undefined;
    }
    return {
      u,
      argument: Math.atan2(at.im, at.re),
      reach,
      rateRe: disk.rateRe,
      rateIm: disk.rateIm,
      x,
      y,
    };
  };

  let here = stopAt(0);
  if (here === undefined) return { failure: failure! };
  const start = here.argument;
  // Stops ahead that the present one does not reach yet, nearest last.
  const ahead: Stop[] = [];
  let total = 0;
  while (here.u < 1) {
    // A disk as large as this one is expected there; if it is smaller, the gap is filled below.
    let target = Math.min(1, here.u + 1.9 * here.reach);
    if (1 - target < 0.25 * here.reach) target = 1;
    let next: Stop | undefined = ahead.pop() ?? stopAt(target);
    if (next === undefined) return { failure: failure! };
    while (here.u + here.reach + next.reach < next.u) {
      ahead.push(next);
      const gapStart: number = here.u + here.reach;
      const gapEnd = next.u - next.reach;
      next = stopAt(0.5 * (gapStart + gapEnd));
      if (next === undefined) return { failure: failure! };
    }
    const u = junction(here, next);
    const drift = driftBetween(here, next, piece.x(u), piece.y(u));
    const turn = next.argument - here.argument - drift;
    total += drift + turn - 2 * Math.PI * Math.round(turn / (2 * Math.PI));
    here = next;
  }
  return { change: total, start, end: here.argument };
}

/** A place between two linked stops that the disks of both cover. */
export function junction(here: Stop, next: Stop): number {
  return Math.min(here.u + here.reach, next.u);
}

/** Im(c_p s_p) - Im(c_q s_q), s_p and s_q the ways from two stops to (x, y), c their rates. */
export function driftBetween(p: Stop, q: Stop, x: number, y: number): number {
  return p.rateRe * (y - p.y) + p.rateIm * (x - p.x) - q.rateRe * (y - q.y) - q.rateIm * (x - q.x);
}

/** The arc of radius `radius` about (centreX, centreY) from angle `from` to `to`. */
export function arc(
  radius: number,
  from: number,
  to: number,
  centreX = 0,
  centreY = 0,
): ContourPiece {
  const sweep = to - from;
  return {
    x: (u) => centreX + radius * Math.cos(from + sweep * u),
    y: (u) => centreY + radius * Math.sin(from + sweep * u),
    reach: (h) =>
      h >= 2 * radius ? Infinity : (2 * Math.asin(h / (2 * radius))) / Math.abs(sweep),
    modulus: radius + Math.hypot(centreX, centreY),
  };
}

/** The straight line between two points. */
export function segment(x0: number, y0: number, x1: number, y1: number): ContourPiece {
  const length = Math.hypot(x1 - x0, y1 - y0);
  return {
    x: (u) => x0 + (x1 - x0) * u,
    y: (u) => y0 + (y1 - y0) * u,
    reach: (h) => h / length,
    modulus: Math.max(Math.hypot(x0, y0), Math.hypot(x1, y1)),
  };
}
