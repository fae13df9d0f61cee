import { type AnyInvariant, defineInvariant, unitRoundoff } from "@xent/invariants";
import * as fc from "fast-check";
import { type ActivationName, activationFacts } from "../activation.js";
import type { ModelsSubject } from "./cases.js";

const define = defineInvariant<ModelsSubject>();

/** Ordinary arguments, the tails, and where the formulas change. */
const argument = fc.oneof(
  fc.double({ min: -40, max: 40, noNaN: true }),
  fc.double({ min: -1, max: 1, noNaN: true }),
  fc
    .constantFrom(0, -0, 5e-324, 1e-300, 0.34, 0.5, 0.75, 1, 6, 28, 39, 710, 1e300)
    .chain((x) => fc.constantFrom(x, -x)),
);

/** Activations and the error function by their closed-form identities. */
export function activationInvariants(): AnyInvariant<ModelsSubject>[] {
  return [
    define({
      id: "models/activation-reflection",
      statement:
        "f(x) - f(-x) = x and f'(x) + f'(-x) = 1 for ReLU, SiLU, GELU and softplus; tanh is odd, tanh' = 1 - tanh^2 even",
      source: "sigmoid(-x) = 1 - sigmoid(x), Phi(-x) = 1 - Phi(x)",
      arbitrary: fc.record({
        name: fc.constantFrom<ActivationName>("tanh", "relu", "silu", "gelu", "softplus"),
        x: argument,
      }),
      measure: ({ name, x }, subject) => {
        const up = subject.activation(name, x);
        const down = subject.activation(name, -x);
        let error: number;
        if (name === "tanh") {
          error = Math.max(
            Math.abs(up.value + down.value),
            Math.abs(up.slope - down.slope),
            Math.abs(up.slope - (1 - up.value * up.value)),
          );
        } else {
          const kink = name === "relu" && x === 0;
          error = Math.max(
            // Relative to x, which may be 1e300.
            Math.abs(up.value - down.value - x) / Math.max(1, Math.abs(x)),
            kink ? 0 : Math.abs(up.slope + down.slope - 1),
            Math.abs(up.curvature - down.curvature),
          );
        }
        // Values and slopes of order one from an exponential and a handful of operations, on either side; x times the
        // tail of the slope stays below 1.
        return { error, tolerance: 16 * unitRoundoff(subject) };
      },
    }),
    define({
      id: "models/activation-facts",
      statement: "|f'| and |f''| stay below the maximumSlope and maximumCurvature that are stated",
      source: "activationFacts",
      arbitrary: fc.record({
        name: fc.constantFrom<ActivationName>("tanh", "relu", "silu", "gelu", "softplus"),
        // About the extrema too: atanh(1 / sqrt 3), sqrt 2, 2.3994 and 0.
        x: fc.oneof(argument, fc.double({ min: -3, max: 3, noNaN: true })),
      }),
      measure: ({ name, x }, subject) => {
        const { slope, curvature } = subject.activation(name, x);
        const facts = activationFacts[name];
        return {
          error: Math.max(
            0,
            Math.abs(slope) - facts.maximumSlope,
            facts.maximumCurvature === Infinity ? 0 : Math.abs(curvature) - facts.maximumCurvature,
          ),
          tolerance: 8 * unitRoundoff(subject),
        };
      },
    }),
    define({
      id: "models/activation-derivatives-against-differences",
      statement: "f' is the derivative of f, and f'' of f'",
      source: "definition; central differences",
      arbitrary: fc.record({
        name: fc.constantFrom<ActivationName>("tanh", "silu", "gelu", "softplus"),
        x: fc.double({ min: -12, max: 12, noNaN: true }),
      }),
      measure: ({ name, x }, subject) => {
        const h = 2 ** Math.round(Math.log2(unitRoundoff(subject)) / 5);
        const at = (t: number): { value: number; slope: number; curvature: number } => ({
          ...subject.activation(name, x + t),
        });
        const [u1, d1, u2, d2] = [at(h), at(-h), at(2 * h), at(-2 * h)];
        // The step that was taken, after x + h was rounded.
        const fourth = (f: (v: { value: number; slope: number }) => number): number =>
          (8 * (f(u1) - f(d1)) - (f(u2) - f(d2))) / (12 * h);
        const here = at(0);
        return {
          error: Math.max(
            Math.abs(fourth((v) => v.value) - here.slope),
            Math.abs(fourth((v) => v.slope) - here.curvature),
          ),
          // Truncation h^4 / 30 times a fifth derivative (of f or of f'), below 53 (the sixth of tanh); rounding of values up to 1 + |x|, with
          // weights that sum to 18 / 12, and x + h rounded as well.
          tolerance: (53 / 30) * h ** 4 + (1.5 * 8 * unitRoundoff(subject) * (1 + Math.abs(x))) / h,
        };
      },
    }),
    define({
      id: "models/erf-and-complement",
      statement: "erf(x) + erfc(x) = 1, erf(-x) = -erf(x), erfc(-x) = 2 - erfc(x), erf increases",
      source: "definition",
      arbitrary: fc.record({ x: argument, step: fc.double({ min: 0, max: 1, noNaN: true }) }),
      measure: ({ x, step }, subject) => ({
        error: Math.max(
          Math.abs(subject.erf(x) + subject.erfc(x) - 1),
          Math.abs(subject.erf(-x) + subject.erf(x)),
          Math.abs(subject.erfc(-x) + subject.erfc(x) - 2),
          subject.erf(x) - subject.erf(x + step),
        ),
        tolerance: 8 * unitRoundoff(subject), // values up to 2 with a relative error of 2 u each
      }),
    }),
  ];
}
