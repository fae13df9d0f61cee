/**
 * V below this is 0 to rounding: V is a mean of squares of relative deviations, each known to a few times
 * 2^-52 (5e-32 squared).
 */
export const V_ROUNDING = 1e-30;

/** How a quantity moved from step to step. */
export interface Trend {
  readonly steps: number;
  readonly falls: number;
  readonly rises: number;
  /** Largest value at the end of a rise less the value before it; 0 without rises. */
  readonly largestRise: number;
}

/** Counts falls and rises of V over the accepted steps of a flow; changes below {@link V_ROUNDING} count as neither. */
export class TrendCounter {
  #last: number | undefined;
  #steps = 0;
  #falls = 0;
  #rises = 0;
  #largestRise = 0;

  add(value: number | undefined): void {
    const last = this.#last;
    this.#last = value;
    if (last === undefined || value === undefined) return;
    this.#steps++;
    if (Math.max(last, value) < V_ROUNDING) return;
    if (value < last) this.#falls++;
    if (value > last) {
      this.#rises++;
      this.#largestRise = Math.max(this.#largestRise, value - last);
    }
  }

  get trend(): Trend {
    return {
      steps: this.#steps,
      falls: this.#falls,
      rises: this.#rises,
      largestRise: this.#largestRise,
    };
  }
}

/** The longest unbroken climb of a sequence of values. */
export interface Climb {
  /** Indices of its first and last value. */
  readonly from: number;
  readonly to: number;
}

/**
 * The climb with the largest gain; undefined when none gains more than 1e-6 of where it begins and 1e-9 (values are of
 * order one, and flows are integrated to 1e-9 a step, over some hundred steps).
 */
export function largestClimb(values: readonly number[]): Climb | undefined {
  let best: Climb | undefined;
  let bestGain = 1e-9;
  let from = 0;
  for (let i = 1; i < values.length; i++) {
    if (!(values[i]! > values[i - 1]!)) from = i;
    const gain = values[i]! - values[from]!;
    if (gain > bestGain && gain > 1e-6 * values[from]!) {
      best = { from, to: i };
      bestGain = gain;
    }
  }
  return best;
}
