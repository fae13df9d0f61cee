// The constants of assembly/exp.ts and its table, from 60 decimal digits.
import { Decimal } from "decimal.js";

const Precise = Decimal.clone({ precision: 60 });

/** The exact value of a double (Decimal(x) takes its 17 shortest digits). */
function exact(x) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 2047n);
  const digits = (bits & ((1n << 52n) - 1n)) | (exponent > 0 ? 1n << 52n : 0n);
  const magnitude = new Precise(digits.toString()).times(
    new Precise(2).pow(Math.max(exponent, 1) - 1075),
  );
  return bits >> 63n ? magnitude.negated() : magnitude;
}

const nearest = (value) => Number(value.toPrecision(40));

export function expConstants() {
  const steps = 256;
  const step = new Precise(2).ln().div(steps);
  // 33 bits of c = 2^-9 1.38...: times an integer below 2^19 it is exact.
  const unit = new Precise(2).pow(-41);
  const high = step.div(unit).floor().times(unit);
  const half = step.div(2);
  const table = [];
  for (let j = 0; j < steps; j++) {
    const value = new Precise(2).pow(new Precise(j).div(steps));
    const first = nearest(value);
    // What is missing, relative to the first: it is added to e^r - 1.
    table.push([first, nearest(value.div(exact(first)).minus(1))]);
  }
  return {
    inverseStep: nearest(new Precise(1).div(step)),
    stepHigh: nearest(high),
    stepLow: nearest(step.minus(high)),
    // The cubic term r^3 / 120 of (e^r - 1 - r) / r^2, replaced by its best multiple of r on |r| <= c / 2.
    cubic: nearest(new Precise(1).div(6).plus(half.pow(2).times(3).div(4).div(120))),
    table,
  };
}
