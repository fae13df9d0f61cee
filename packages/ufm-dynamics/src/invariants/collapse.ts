import { type AnyInvariant, defineInvariant, unitRoundoff } from "@xent/invariants";
import * as fc from "fast-check";
import { balancedStarts, largest, type Start } from "./cases.js";
import type { UfmDynamicsSubject } from "./subject.js";

const INVARIANT = defineInvariant<UfmDynamicsSubject>();

/** Nodes and weights of the Gauss-Legendre rule with 8 points on [0, 1], from Abramowitz and Stegun, table 25.4. */
const NODES = [0.1834346424956498, 0.525532409916329, 0.7966664774136267, 0.9602898564975363];
const WEIGHTS = [0.362683783378362, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763];

/** Every non-trivial strength agrees with every other. */
function isCollapsed({ s1 }: Start): boolean {
  return s1.slice(2).every((s) => s === s1[1]);
}

const collapsedOrNot = (): fc.Arbitrary<Start> =>
  fc.oneof(
    { weight: 3, arbitrary: balancedStarts() },
    {
      weight: 1,
      arbitrary: balancedStarts().map((start) => {
        const s = start.s1.map(() => start.s1[1]!);
        return { group: start.group, s1: s, s2: s };
      }),
    },
  );

/** The Lyapunov function of balanced starts. */
export function collapseInvariants(): AnyInvariant<UfmDynamicsSubject>[] {
  return [
    INVARIANT({
      id: "ufm-dynamics/lyapunov-falls",
      statement:
        "balanced, all s_c > 0: V = KL(uniform || q) has V' <= 0 along the flow and never rises, to t = 1e12",
      source: "[H]; this V' [ours] docs/theory 2.3",
      arbitrary: balancedStarts(),
      measure: (start, subject) => {
        const tolerance = 1e-10;
        const times = [0, 0.01, 0.1, 1, 10, 100, 1e6, 1e12];
        const flow = subject.integrateSpectralFlow({ ...start, times, tolerance });
        let error = flow.states.length === times.length ? 0 : Infinity;
        let previous = Infinity;
        for (const { lyapunov, lyapunovRate } of flow.states) {
          if (lyapunov === undefined || lyapunovRate === undefined)
            return { error: Infinity, tolerance };
          error = Math.max(error, lyapunovRate, lyapunov - previous);
          previous = lyapunov;
        }
        // V moves by at most 2 max |d ln s|, and ln s is known to the tolerance a step (a method held back by stability
        // leaves noise at that level behind, hence the steps).
        return { error, tolerance: 2 * tolerance * flow.steps };
      },
    }),
    INVARIANT({
      id: "ufm-dynamics/lyapunov-rate-is-its-derivative",
      statement: "V(b) - V(a) is the integral of V' over [a, b] along the trajectory",
      source: "[H]; docs/theory 2.3",
      arbitrary: fc.record({ start: balancedStarts(), time: fc.constantFrom(0, 0.3, 2, 10) }),
      measure: ({ start, time }, subject) => {
        const tolerance = 1e-12;
        // Singularities of the flow are further away than 1 / (1 + s), ten times the interval: eight nodes err by 20^-16.
        const strengths = start.s1.map((a, c) => a * start.s2[c]!);
        const length = 0.1 / (1 + largest(strengths) + Math.log(1 + 2 * strengths.length * time));
        const offsets = NODES.flatMap((x) => [(1 - x) / 2, (1 + x) / 2]).sort((a, b) => a - b);
        const times = [0, ...offsets, 1].map((x) => time + x * length);
        const flow = subject.integrateSpectralFlow({ ...start, times, tolerance });
        const weights = [...WEIGHTS]
          .reverse()
          .concat(WEIGHTS)
          .map((w) => w / 2);
        let integral = 0;
        for (const [i, w] of weights.entries()) {
          integral += w * length * (flow.states[i + 1]?.lyapunovRate ?? NaN);
        }
        const change = (flow.states[9]?.lyapunov ?? NaN) - (flow.states[0]?.lyapunov ?? NaN);
        // V to 2 |d ln s| at both ends, V' times the length to as much again; logarithms of the strengths round.
        const rounding = 64 * unitRoundoff(subject);
        return {
          error: Math.abs(change - integral),
          tolerance:
            8 * tolerance * (flow.steps + 1) +
            rounding * (1 + Math.abs(Math.log(largest(strengths)))),
        };
      },
    }),
    INVARIANT({
      id: "ufm-dynamics/lyapunov-rate-vanishes-only-at-collapse",
      statement: "V' = 0 iff all non-trivial modes agree, and V = 0 there alone",
      source: "[ours] docs/theory 2.3",
      arbitrary: collapsedOrNot(),
      measure: (start, subject) => {
        const state = subject.integrateSpectralFlow({ ...start, times: [0] }).states[0]!;
        const rate = state.lyapunovRate ?? NaN;
        const value = state.lyapunov ?? NaN;
        if (isCollapsed(start)) {
          // Equal modes are equal logits up to the rounding of a transform of k terms; both are quadratic in them.
          const slack = 16 * start.s1.length * unitRoundoff(subject);
          return { error: Math.abs(rate) + Math.abs(value), tolerance: slack };
        }
        // Strictly negative, strictly positive; deviations whose square is below rounding do not count.
        let smallest = Infinity;
        for (let c = 1; c < start.s1.length; c++) smallest = Math.min(smallest, start.s1[c]!);
        fc.pre(largest(start.s1.slice(1)) / smallest > 1 + 1e-6);
        return { error: rate < 0 && value > 0 ? 0 : 1, tolerance: 0 };
      },
    }),
  ];
}
