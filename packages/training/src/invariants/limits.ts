import { type AnyInvariant, defineInvariant, unitRoundoff } from "@xent/invariants";
import { dense, norm2 } from "@xent/linalg";
import type { Linearization } from "@xent/models";
import * as fc from "fast-check";
import type { TrainingSubject } from "./subject.js";

const entry = fc.oneof(
  fc.constantFrom(0, 5e-324, 2 ** -1022, 1e-200, 1e200, 1, -1, 1 + 2 ** -52),
  fc.double({ min: -100, max: 100, noNaN: true }),
);
const stepCase = fc.record({
  step: fc.array(entry, { maxLength: 30 }).map((x) => Float64Array.from(x)),
  maxNorm: fc.oneof(
    fc.constantFrom(5e-324, 1e-310, 1e-100, 1, 1e100, 1e300),
    fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
  ),
});

function linearizationFor(step: Float64Array): Linearization {
  return {
    logits: dense(1, 1),
    parameterCount: step.length,
    jvp: () => dense(1, 1),
    vjp: () => new Float64Array(step.length),
  };
}

/** A finite x as an integer multiple of 2^-1074. Doubling is exact, and a double from 2^53 on is an integer. */
function exact(x: number): bigint {
  let mantissa = x;
  let doublings = 0;
  for (; !Number.isInteger(mantissa); doublings++) mantissa *= 2;
  return BigInt(mantissa) << BigInt(1074 - doublings);
}

export function limitInvariants(): AnyInvariant<TrainingSubject>[] {
  return [
    defineInvariant<TrainingSubject>()({
      id: "training/norm-clip-never-exceeds",
      statement: "the step as clipped, |fl(s x)|, is at most maxNorm in exact arithmetic",
      source: "definition of clipping; compared in integers",
      arbitrary: stepCase,
      measure: ({ step, maxNorm }, subject) => {
        const { scale } = subject.normClip({ maxNorm }).limit(step, linearizationFor(step));
        if (!(scale >= 0 && scale <= 1)) return { error: Infinity, tolerance: 0 };
        const clipped = step.map((x) => scale * x);
        const square = clipped.reduce((sum, x) => sum + exact(x) ** 2n, 0n);
        const exceeds = square > exact(maxNorm) ** 2n;
        return { error: exceeds ? Math.max(norm2(clipped), 1) : 0, tolerance: 0 };
      },
    }),
    defineInvariant<TrainingSubject>()({
      id: "training/norm-clip-scale-is-the-largest",
      statement:
        "the clipped step has length min(|x|, maxNorm), and radius and ratio say maxNorm and |x| / maxNorm",
      source: "definition of clipping",
      arbitrary: fc.record({
        // Away from the subnormal numbers, where the scale may be smaller by a power of two.
        step: fc
          .array(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 30 })
          .map((x) => Float64Array.from(x)),
        maxNorm: fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
      }),
      measure: ({ step, maxNorm }, subject) => {
        const limited = subject.normClip({ maxNorm }).limit(step, linearizationFor(step));
        const length = norm2(step);
        const clipped = norm2(step.map((x) => limited.scale * x));
        const off = Math.abs(clipped / Math.min(length, maxNorm) - 1);
        const told =
          Math.abs(limited.ratio / (length / maxNorm) - 1) + Math.abs(limited.radius / maxNorm - 1);
        // The margin that keeps the clipped step inside takes 2 (n + 16) roundings; both norms lose n / 2 + 4.
        return { error: off + told, tolerance: 4 * (step.length + 16) * unitRoundoff(subject) };
      },
    }),
    defineInvariant<TrainingSubject>()({
      id: "training/no-limit-takes-all",
      statement: "without a limit the scale is 1, the radius infinite and the ratio 0",
      source: "definition",
      arbitrary: stepCase,
      measure: ({ step }, subject) => {
        const { scale, radius, ratio } = subject.noLimit().limit(step, linearizationFor(step));
        return { error: scale === 1 && radius === Infinity && ratio === 0 ? 0 : 1, tolerance: 0 };
      },
    }),
  ];
}
