import {
  type AnyInvariant,
  type DeclaredPrecision,
  defineInvariant,
  unitRoundoff,
  WorstMeasurement,
} from "@xent/invariants";
import { logSumExp, softmax } from "@xent/softmax-spectral";
import * as fc from "fast-check";
import {
  EXTREMAL_PROBABILITY,
  forwardDivergence,
  reverseDivergence,
  taylorRemainderBound,
  thirdMomentBound,
  varianceBound,
} from "../index.js";

/** The real-variable bounds under test. */
export interface DivergenceSubject extends DeclaredPrecision {
  forwardDivergence: typeof forwardDivergence;
  reverseDivergence: typeof reverseDivergence;
  varianceBound(this: void, spread: number): number;
  thirdMomentBound(this: void, spread: number): number;
  taylorRemainderBound(this: void, order: 1 | 2 | 3, spread: number, tau: number): number;
}

/** The implementation of this package. */
export const divergenceSubject: DivergenceSubject = {
  forwardDivergence,
  reverseDivergence,
  varianceBound,
  thirdMomentBound,
  taylorRemainderBound,
};

const entry = fc.oneof(
  // Cubes of spreads below 1e-100 underflow in the plain sums that serve as oracle.
  fc.double({ min: -4, max: 4, noNaN: true }).map((x) => (Math.abs(x) < 1e-60 ? 0 : x)),
  fc.integer({ min: -1, max: 1 }),
);

const line = fc.integer({ min: 1, max: 8 }).chain((n) =>
  fc.record({
    logits: fc.array(fc.oneof(entry, fc.double({ min: -1e3, max: 1e3, noNaN: true })), {
      minLength: n,
      maxLength: n,
    }),
    slopes: fc.array(entry, { minLength: n, maxLength: n }),
  }),
);

const stepLength = fc.oneof(
  fc.double({ min: -3, max: 3, noNaN: true }),
  fc.constantFrom(0, 1e-8, 1e-3, 50, -400),
);

function spreadOf(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

/** Central moments of the slopes under softmax(z), by two passes. */
function centralMoments(logits: number[], slopes: number[]): { second: number; third: number } {
  const p = softmax(logits);
  // Relative to a value in the range, so that the mean's rounding is one of the spread.
  const mean = slopes.reduce((s, a, k) => s + p[k]! * (a - slopes[0]!), 0);
  let second = 0;
  let third = 0;
  slopes.forEach((a, k) => {
    const d = a - slopes[0]! - mean;
    second += p[k]! * d * d;
    third += p[k]! * d * d * d;
  });
  return { second, third };
}

/** What must hold of divergences and moments. */
export const divergenceInvariants: readonly AnyInvariant<DivergenceSubject>[] = [
  defineInvariant<DivergenceSubject>()({
    id: "taylor-radius/moment-bounds-hold",
    statement:
      "Var X <= Delta^2 / 4 and |E (X - E X)^3| <= Delta^3 / (6 sqrt 3) for any law of spread Delta",
    source: "[G] appendix; docs/theory 3.6; Popoviciu",
    arbitrary: line,
    measure: ({ logits, slopes }, subject) => {
      const spread = spreadOf(slopes);
      const { second, third } = centralMoments(logits, slopes);
      const variance = second - subject.varianceBound(spread);
      const skew = Math.abs(third) - subject.thirdMomentBound(spread);
      // n + 8 roundings of each of the sums of the oracle, and of softmax.
      const u = 4 * (slopes.length + 8) * unitRoundoff(subject);
      const scale = spread === 0 ? 1 : spread;
      const error = Math.max(0, variance / scale ** 2, skew / scale ** 3);
      return { error, tolerance: u };
    },
  }),
  defineInvariant<DivergenceSubject>()({
    id: "taylor-radius/moment-bounds-attained",
    statement:
      "equality at the fair coin (variance) and at the coins with p = (3 +- sqrt 3) / 6 (third moment)",
    source: "[G] appendix; docs/theory 3.6",
    arbitrary: fc.record({
      spread: fc.constantFrom(1, 0.3, 7, 2 ** -40, 2 ** 40),
      reflect: fc.boolean(),
    }),
    measure: ({ spread, reflect }, subject) => {
      const p = reflect ? 1 - EXTREMAL_PROBABILITY : EXTREMAL_PROBABILITY;
      const third = p * (1 - p) * Math.abs(1 - 2 * p) * spread ** 3;
      const variance = (spread * spread) / 4;
      const error = Math.max(
        Math.abs(subject.varianceBound(spread) / variance - 1),
        Math.abs(subject.thirdMomentBound(spread) / third - 1),
      );
      // The bounds are rounded up by 16 spacings (32 u); the law's p is off by 2 u where p (1-p) (1-2p) is stationary.
      return { error, tolerance: 48 * unitRoundoff(subject) };
    },
  }),
  defineInvariant<DivergenceSubject>()({
    id: "taylor-radius/divergence-remainders-hold",
    statement:
      "|KL(p_0 || p_tau) - tau^2 Var / 2| <= |tau Delta|^3 / (36 sqrt 3), the reverse <= twice that, and both <= (tau Delta)^2 / 8",
    source: "[G] appendix; docs/theory 3.6; reverse [ours]: KL = integral of s K''(s)",
    arbitrary: fc.record({ line, tau: stepLength }),
    measure: ({ line: { logits, slopes }, tau }, subject) => {
      const forward = subject.forwardDivergence(logits, slopes, tau);
      const reverse = subject.reverseDivergence(logits, slopes, tau);
      const worst = new WorstMeasurement();
      const spread = spreadOf(slopes);
      // Moved logits are rounded: a change of every log p by up to 2 u max |z + tau a| moves the KL by twice
      // that; its own sums carry n + 8 roundings of terms below |tau| Delta + log n.
      const size = Math.max(...logits.map((z, k) => Math.abs(z) + Math.abs(tau * slopes[k]!)));
      const own = (slopes.length + 8) * (Math.abs(tau) * spread + 1);
      const u = unitRoundoff(subject) * (4 * size + 8 * own);
      for (const d of [forward, reverse]) {
        const excess = Math.max(
          Math.abs(d.value - d.quadratic) - d.remainderBound,
          d.value - d.upperBound,
        );
        worst.add(Math.max(0, excess), u + 32 * unitRoundoff(subject) * d.quadratic);
      }
      if (!(forward.remainderBound * 2 * (1 - 1e-15) <= reverse.remainderBound)) worst.add(1, 0);
      return worst.measurement;
    },
  }),
  defineInvariant<DivergenceSubject>()({
    id: "taylor-radius/divergence-remainders-sharp",
    statement:
      "at the extremal coin the forward remainder is (1 - tau^2 / 20 + ...) of its bound and the reverse (1 - tau^2 / 10 + ...)",
    source: "[ours] kappa_4 = 0 and kappa_5 = -kappa_3 there; docs/theory 3.6",
    arbitrary: fc.record({ tau: fc.constantFrom(0.1, 0.05, 0.02), reflect: fc.boolean() }),
    measure: ({ tau, reflect }, subject) => {
      const p = reflect ? 1 - EXTREMAL_PROBABILITY : EXTREMAL_PROBABILITY;
      const logits = [Math.log(1 - p), Math.log(p)];
      let error = 0;
      for (const [d, share] of [
        [subject.forwardDivergence(logits, [0, 1], tau), 20],
        [subject.reverseDivergence(logits, [0, 1], tau), 10],
      ] as const) {
        const ratio = Math.abs(d.value - d.quadratic) / d.remainderBound;
        error = Math.max(error, Math.abs(ratio - (1 - tau ** 2 / share)));
      }
      // Next is kappa_6 tau^3 with |kappa_6| / 720 < 1e-3 beside kappa_3 / 6 = 0.016, and rounding of 1e-15 beside tau^3 / 62.
      return { error, tolerance: 0.5 * tau ** 3 + (64 * 64 * unitRoundoff(subject)) / tau ** 3 };
    },
  }),
  defineInvariant<DivergenceSubject>()({
    id: "taylor-radius/taylor-remainders-hold",
    statement:
      "|log F(tau) - its Taylor polynomial of order 1, 2| <= (tau Delta)^2 / 8, |tau Delta|^3 / (36 sqrt 3), beyond the radius too",
    source: "Hoeffding's lemma; [G] appendix; docs/theory 3.6",
    arbitrary: fc.record({ line, tau: stepLength }),
    measure: ({ line: { logits, slopes }, tau }, subject) => {
      const p = softmax(logits);
      const mean = slopes.reduce((s, a, k) => s + p[k]! * (a - slopes[0]!), 0) + slopes[0]!;
      const moved = logits.map((z, k) => z + tau * slopes[k]!);
      const value = logSumExp(moved) - logSumExp(logits) - tau * mean;
      const { second } = centralMoments(logits, slopes);
      const spread = spreadOf(slopes);
      const first = Math.abs(value) - subject.taylorRemainderBound(1, spread, tau);
      const quadratic = (tau * tau * second) / 2;
      const next = Math.abs(value - quadratic) - subject.taylorRemainderBound(2, spread, tau);
      // Of logits, exponents and the quadratic term.
      const size = 1 + Math.max(...logits.map(Math.abs)) + Math.abs(tau) * 8 + quadratic;
      return {
        error: Math.max(0, first, next),
        tolerance: 8 * (slopes.length + 8) * size * unitRoundoff(subject),
      };
    },
  }),
];
