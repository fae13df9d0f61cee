import { type AnyInvariant, defineInvariant, unitRoundoff } from "@xent/invariants";
import { dense, fromRows } from "@xent/linalg";
import { crossEntropyGradient, crossEntropyRows } from "@xent/softmax-spectral";
import * as fc from "fast-check";
import { headCases, logitsOf } from "./cases.js";
import type { FgnSubject } from "./subject.js";

const define = defineInvariant<FgnSubject>();

/** About the true class against the rest, at the logits alone. */
export function marginInvariants(): AnyInvariant<FgnSubject>[] {
  return [
    define({
      id: "fgn/loss-from-margin",
      statement: "softplus(-m) is the cross-entropy",
      source: "[F] section 3; docs/theory 4.1",
      arbitrary: headCases(),
      measure: (c, subject) => {
        const { losses } = subject.trueVsRest(logitsOf(c), c.labels);
        const wanted = crossEntropyRows(logitsOf(c), c.labels);
        const errors = wanted.map((loss, i) => Math.abs(losses[i]! - loss) / (1 + loss));
        // Differences of logits are rounded once, and C exponentials are summed: relative to 1 + loss.
        return {
          error: Math.max(0, ...errors),
          tolerance: (4 * c.logits[0]!.length + 16) * unitRoundoff(subject),
        };
      },
    }),
    define({
      id: "fgn/gradient-from-margin",
      statement: "-(1 - p_y)(e_y - q) = p - e_y: the margin form does not change the gradient",
      source: "[F] section 3; docs/theory 4.1",
      arbitrary: headCases(),
      measure: (c, subject) => {
        const split = subject.trueVsRest(logitsOf(c), c.labels);
        const wanted = crossEntropyGradient(logitsOf(c), c.labels, { reduction: "sum" });
        const C = wanted.cols;
        const errors = wanted.data.map((g, k) => {
          const i = Math.floor(k / C);
          const own = k % C === c.labels[i];
          const rest = split.complements[i]!;
          return Math.abs((own ? -rest : rest * split.competitors.data[k]!) - g);
        });
        // Entries lie in [-1, 1]; each is a quotient of sums of C exponentials.
        return { error: Math.max(0, ...errors), tolerance: (4 * C + 16) * unitRoundoff(subject) };
      },
    }),
    define({
      id: "fgn/complement-is-relative",
      statement:
        "p_y + (1 - p_y) = 1, and the smaller of the two has full relative accuracy: their ratio is exp(m)",
      source: "[ours] docs/theory 4.3",
      arbitrary: headCases({ minClasses: 2 }),
      measure: (c, subject) => {
        const split = subject.trueVsRest(logitsOf(c), c.labels);
        const errors = Array.from(split.margins, (m, i) => {
          const p = split.probabilities[i]!;
          const rest = split.complements[i]!;
          // Beyond |m| = 700 the smaller one is subnormal or zero and has no relative accuracy.
          const ratio =
            Math.abs(m) > 700 ? 0 : Math.abs(Math.log(p) - Math.log(rest) - m) / (1 + Math.abs(m));
          return Math.max(Math.abs(p + rest - 1), ratio);
        });
        // Two sigmoids and two logarithms, a few roundings each, of size 1 + |m|.
        return { error: Math.max(0, ...errors), tolerance: 16 * unitRoundoff(subject) };
      },
    }),
    define({
      id: "fgn/competitors-are-a-distribution",
      statement:
        "q >= 0, q_y = 0, and q sums to one (to zero where the true class has no competitor)",
      source: "[F] section 3",
      arbitrary: headCases(),
      measure: (c, subject) => {
        const { competitors, margins } = subject.trueVsRest(logitsOf(c), c.labels);
        const errors = c.labels.map((y, i) => {
          const q = competitors.data.subarray(i * competitors.cols, (i + 1) * competitors.cols);
          if (q[y] !== 0 || q.some((x) => !(x >= 0))) return Infinity;
          return Math.abs(q.reduce((a, b) => a + b) - (margins[i] === Infinity ? 0 : 1));
        });
        return {
          error: Math.max(0, ...errors),
          tolerance: (2 * competitors.cols + 8) * unitRoundoff(subject),
        };
      },
    }),
    define({
      id: "fgn/shift-of-logits",
      statement:
        "margins, competitors and losses do not change when a constant is added to a row of logits",
      source: "softmax(z + c) = softmax(z)",
      // Logits are multiples of 2^-10, so that the shifted ones are exact.
      arbitrary: fc.record({ c: headCases(), shift: fc.constantFrom(1, -1e3, 1e3, 2 ** 20) }),
      measure: ({ c, shift }, subject) => {
        const before = subject.trueVsRest(logitsOf(c), c.labels);
        const after = subject.trueVsRest(
          fromRows(c.logits.map((row) => row.map((z) => z + shift))),
          c.labels,
        );
        const errors = Array.from(before.margins, (m, i) => {
          const moved = after.margins[i]!;
          return m === moved ? 0 : Math.abs(moved - m) / (1 + Math.abs(m));
        });
        const q = before.competitors.data.map((x, k) => Math.abs(x - after.competitors.data[k]!));
        // Nothing but differences of logits enters, and those are exact; 16 u leaves room for another order of summation.
        return { error: Math.max(0, ...errors, ...q), tolerance: 16 * unitRoundoff(subject) };
      },
    }),
    define({
      id: "fgn/relabelling-classes",
      statement:
        "a permutation of the classes permutes the competitors and leaves margins and losses alone",
      source: "symmetry of the definitions",
      arbitrary: headCases(),
      measure: (c, subject) => {
        const C = c.logits[0]!.length;
        const before = subject.trueVsRest(logitsOf(c), c.labels);
        const reversed = fromRows(c.logits.map((row) => row.slice().reverse()));
        const after = subject.trueVsRest(
          reversed,
          c.labels.map((y) => C - 1 - y),
        );
        const mirrored = dense(c.logits.length, C);
        after.competitors.data.forEach((q, k) => {
          const i = Math.floor(k / C);
          mirrored.data[i * C + C - 1 - (k % C)] = q;
        });
        const errors = Array.from(before.margins, (m, i) =>
          m === after.margins[i] ? 0 : Math.abs(after.margins[i]! - m) / (1 + Math.abs(m)),
        );
        const q = before.competitors.data.map((x, k) => Math.abs(x - mirrored.data[k]!));
        // Sums of C terms in another order.
        return {
          error: Math.max(0, ...errors, ...q),
          tolerance: (4 * C + 8) * unitRoundoff(subject),
        };
      },
    }),
  ];
}
