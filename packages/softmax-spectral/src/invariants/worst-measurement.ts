import type { Measurement } from "@xent/invariants";

/** Of many errors with their tolerances, the one that is worst in proportion: what a case reports. */
export class WorstMeasurement {
  #worst: Measurement = { error: 0, tolerance: 0 };
  #ratio = 0;

  /** NaN in either place is as bad as can be. */
  add(error: number, tolerance: number): void {
    const quotient = error === 0 ? 0 : error / tolerance;
    const ratio = Number.isNaN(quotient) || tolerance < 0 ? Infinity : quotient;
    if (ratio > this.#ratio) {
      this.#ratio = ratio;
      this.#worst = { error, tolerance };
    }
  }

  /** The worst so far; error 0 when none was above. */
  get measurement(): Measurement {
    return this.#worst;
  }
}
