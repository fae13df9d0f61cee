import { type AnyInvariant, defineInvariant, unitRoundoff } from "@xent/invariants";
import { norm2 } from "@xent/linalg";
import * as fc from "fast-check";
import { headCases } from "./cases.js";
import { stepBound, TOLERANCE } from "./step-tolerance.js";
import type { FgnSubject } from "./subject.js";
import { distance, terms, textbook } from "./textbook.js";

const define = defineInvariant<FgnSubject>();

/** About where the step goes, and how far it is from the full GGN step. */
export function limitInvariants(): AnyInvariant<FgnSubject>[] {
  return [
    define({
      id: "fgn/large-damping",
      statement:
        "||d + g / lambda|| <= tr(FGN) ||g|| / lambda^2: as lambda grows the step becomes the scaled gradient",
      source: "lambda d + g = -FGN d and ||d|| <= ||g|| / lambda",
      arbitrary: fc.record({ c: headCases(), factor: fc.constantFrom(1, 1e2, 1e6, 1e12) }),
      measure: ({ c, factor }, subject) => {
        const t = textbook(c);
        const damping = Math.max(t.size, 1e-9) * factor;
        const { step } = subject.fgnStep(t.linearization, c.labels, {
          damping,
          tolerance: TOLERANCE,
        });
        const gap = distance(
          step,
          t.gradient.map((g) => -g / damping),
        );
        const trace = subject.curvatureTraces(t.linearization, c.labels).fgnTrace;
        const bound = (trace * norm2(t.gradient)) / damping ** 2;
        // Condition <= 2 here, and the trace has an error of its own.
        const tolerance = 2 * stepBound(c, { ...t, damping, condition: 2 }, subject);
        return { error: Math.max(0, gap - bound), tolerance };
      },
    }),
    define({
      id: "fgn/distance-to-the-ggn-step",
      statement:
        "||d_FGN - d_GGN|| <= ||within d_FGN|| / lambda: zero for two classes, and going to zero as competitors concentrate or the damping grows",
      source: "[ours] (GGN + lambda I)(d_FGN - d_GGN) = within d_FGN",
      arbitrary: fc.record({ c: headCases(), top: fc.constantFrom(0, 0, 4, 30) }),
      measure: ({ c, top }, subject) => {
        const lifted = {
          ...c,
          logits: c.logits.map((row, i) => {
            const first = c.labels[i] === 0 ? 1 : 0;
            return row.map((z, j) => (j === first ? z + top : z));
          }),
        };
        const t = textbook(lifted);
        const options = { damping: t.damping, tolerance: TOLERANCE };
        const fgn = subject.fgnStep(t.linearization, c.labels, options).step;
        const ggn = subject.ggnStep(t.linearization, c.labels, options).step;
        const within = norm2(subject.withinOperator(t.linearization, c.labels).apply(fgn));
        return {
          error: Math.max(0, distance(fgn, ggn) - within / t.damping),
          // Rounding of the product `within d` besides that of the two steps.
          tolerance:
            stepBound(lifted, t, subject) +
            (4 * terms(c) * unitRoundoff(subject) * t.size * norm2(fgn)) / t.damping,
        };
      },
    }),
    define({
      id: "fgn/all-competitors-is-the-ggn-step",
      statement: "with r = C - 2 competitors kept the FGN step is the GGN step",
      source: "[ours] docs/theory 4.2",
      arbitrary: headCases(),
      measure: (c, subject) => {
        const t = textbook(c);
        const competitors = Math.max(0, c.logits[0]!.length - 2);
        const options = { damping: t.damping, tolerance: TOLERANCE };
        const fgn = subject.fgnStep(t.linearization, c.labels, { ...options, competitors }).step;
        const ggn = subject.ggnStep(t.linearization, c.labels, options).step;
        return {
          error: distance(fgn, ggn),
          tolerance: stepBound(c, t, subject, 1 + competitors),
        };
      },
    }),
  ];
}
