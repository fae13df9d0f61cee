import { softplus } from "@xent/softmax-spectral";

/** Nodes and weights on [0, 1] of the Gauss-Legendre rule with `n` nodes, by Newton's method. */
function gaussLegendre(n: number): { nodes: Float64Array; weights: Float64Array } {
  const nodes = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 0;
    for (let iteration = 0; iteration < 20; iteration++) {
      let p0 = 1;
      let p1 = x;
      for (let j = 2; j <= n; j++) [p0, p1] = [p1, ((2 * j - 1) * x * p1 - (j - 1) * p0) / j];
      slope = (n * (x * p1 - p0)) / (x * x - 1);
      const change = p1 / slope;
      x -= change;
      if (Math.abs(change) < 1e-16) break;
    }
    nodes[i] = (1 - x) / 2;
    weights[i] = 1 / ((1 - x * x) * slope * slope);
  }
  return { nodes, weights };
}

const RULE = gaussLegendre(8);

/** log(e^a + e^b), -Infinity allowed. */
export function logAddExp(a: number, b: number): number {
  const larger = Math.max(a, b);
  return larger === -Infinity ? larger : larger + Math.log1p(Math.exp(Math.min(a, b) - larger));
}

/**
 * Natural time along one step of the clock: t grows by the integral of (1 + e^margin) / rate, where
 * the margin over the step is a polynomial in x = 0..1. All in logarithms, so that t may pass 1e308.
 */
export class LogTimeOnStep {
  readonly #polynomial = new Float64Array(8);
  #length = 0;
  #logScale = 0;
  #logStart = -Infinity;

  /**
   * @param logStart - ln t at x = 0.
   * @param logScale - ln of (length of the step in the clock, over the rate).
   * @param fill - writes the coefficients of the margin, lowest power first; returns their number.
   */
  begin(logStart: number, logScale: number, fill: (out: Float64Array) => number): void {
    this.#logStart = logStart;
    this.#logScale = logScale;
    this.#length = fill(this.#polynomial);
  }

  /** The interpolated margin at x. */
  margin(x: number): number {
    let value = 0;
    for (let p = this.#length - 1; p >= 0; p--) value = value * x + this.#polynomial[p]!;
    return value;
  }

  /**
   * ln t at x. The integrand may grow by many orders of magnitude: panels over which it changes by
   * about e are summed from the right until the rest is below rounding.
   */
  at(x: number): number {
    if (x === 0) return this.#logStart;
    const top = softplus(this.margin(x));
    const panels = Math.max(1, Math.ceil(Math.abs(top - softplus(this.margin(0)))));
    const width = x / panels;
    let sum = 0;
    for (let panel = panels - 1; panel >= 0; panel--) {
      let part = 0;
      for (let i = 0; i < RULE.nodes.length; i++) {
        const value = softplus(this.margin((panel + RULE.nodes[i]!) * width)) - top;
        part += RULE.weights[i]! * Math.exp(value);
      }
      sum += part;
      // The margin grows with time: all panels to the left are smaller than this one.
      if (part * panel < 1e-17 * sum) break;
    }
    return logAddExp(this.#logStart, this.#logScale + top + Math.log(sum * width));
  }

  /** x in [0, 1] at which ln t = target, for target between its values at both ends. */
  find(target: number): number {
    let low = 0;
    let high = 1;
    let x = 0.5;
    for (let iteration = 0; iteration < 100; iteration++) {
      const value = this.at(x);
      if (value < target) low = x;
      else high = x;
      const slope = Math.exp(this.#logScale + softplus(this.margin(x)) - value);
      const newton = x + (target - value) / slope;
      const next = newton > low && newton < high ? newton : (low + high) / 2;
      if (Math.abs(next - x) <= 2 ** -52 * x || next === x) return next;
      x = next;
    }
    return x;
  }
}
