import {
  type AnyInvariant,
  defineInvariant,
  entriesThatDiffer,
  unitRoundoff,
  WorstMeasurement,
} from "@xent/invariants";
import { dense } from "@xent/linalg";
import type { Direction, Linearization, TrainingPoint } from "@xent/models";
import * as fc from "fast-check";
import type { TrainingSubject } from "./subject.js";

// Zeros, ties, and sizes between the square root of the smallest and of the largest double.
const entry = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, 1e-150, 1e150, 5e-324),
  fc.double({ min: -10, max: 10, noNaN: true }),
);
const gradients = fc
  .integer({ min: 1, max: 3 })
  .chain((n) =>
    fc.array(fc.array(entry, { minLength: n, maxLength: n }), { minLength: 1, maxLength: 25 }),
  );
const decay = fc.oneof(
  fc.constantFrom(0, 0.5, 0.9, 0.999),
  fc.double({ min: 1e-3, max: 0.999, noNaN: true }),
);

function pointOf(gradient: readonly number[]): TrainingPoint {
  // Directions of this package look at the gradient alone.
  const linearization: Linearization = {
    logits: dense(1, 1),
    parameterCount: gradient.length,
    jvp: () => dense(1, 1),
    vjp: () => new Float64Array(gradient.length),
  };
  return {
    parameters: new Float64Array(gradient.length),
    linearization,
    labels: new Int32Array(1),
    loss: 0,
    gradient: Float64Array.from(gradient),
  };
}

/** The proposal after the whole history. */
function lastProposal(direction: Direction, history: readonly (readonly number[])[]): Float64Array {
  let proposal = new Float64Array();
  for (const gradient of history)
    proposal = Float64Array.from(direction.propose(pointOf(gradient)));
  return proposal;
}

/** sum over s of beta^(t-s) x_s for entry i of the history, not as a recursion. */
function decayed(
  history: readonly (readonly number[])[],
  i: number,
  beta: number,
  of: (g: number) => number,
): number {
  const t = history.length - 1;
  // 0 ** 0 is 1, as it must be: without decay only the last gradient counts.
  return history.reduce((sum, gradient, s) => sum + beta ** (t - s) * of(gradient[i]!), 0);
}

export function directionInvariants(): AnyInvariant<TrainingSubject>[] {
  return [
    defineInvariant<TrainingSubject>()({
      id: "training/gradient-direction-is-minus-gradient",
      statement: "the gradient direction proposes -g, bit by bit",
      source: "definition",
      arbitrary: gradients,
      measure: (history, subject) => ({
        error: entriesThatDiffer(
          lastProposal(subject.gradientDirection(), history),
          history.at(-1)!.map((g) => -g),
        ),
        tolerance: 0,
      }),
    }),
    defineInvariant<TrainingSubject>()({
      id: "training/momentum-is-a-decayed-sum",
      statement:
        "momentum proposes -m_t with m_t = sum_s beta^(t-s) g_s; Nesterov proposes -(g_t + beta m_t)",
      source: "Polyak 1964; the recursion solved",
      arbitrary: fc.record({ history: gradients, beta: decay, nesterov: fc.boolean() }),
      measure: ({ history, beta, nesterov }, subject) => {
        const proposal = lastProposal(
          subject.momentumDirection({ momentum: beta, nesterov }),
          history,
        );
        const u = unitRoundoff(subject);
        const t = history.length;
        const measured = Array.from(proposal, (proposed, i) => {
          const g = history.at(-1)![i]!;
          const [sum, size] = [
            decayed(history, i, beta, (x) => x),
            decayed(history, i, beta, Math.abs),
          ];
          const expected = nesterov ? g + beta * sum : sum;
          const scale = nesterov ? Math.abs(g) + beta * size : size;
          // Two roundings a step of the recursion, three a term of the sum, two more with Nesterov; and
          // each product may lose an absolute half spacing of the subnormal numbers.
          const tolerance = (5 * t + 4) * u * scale + 4 * t * 2 ** -1074;
          return { error: Math.abs(-proposed - expected), tolerance };
        });
        return WorstMeasurement.of(measured);
      },
    }),
    defineInvariant<TrainingSubject>()({
      id: "training/adam-is-a-quotient-of-averages",
      statement:
        "Adam proposes -M / (sqrt(V) + epsilon) with M and V the averages of g_s and g_s^2 with weights beta^(t-s)",
      source:
        "Kingma and Ba 2015, section 3: the bias-corrected moments are normalised weighted averages",
      arbitrary: fc.record({
        history: gradients,
        beta1: decay,
        beta2: decay,
        epsilon: fc.constantFrom(1e-8, 1, 1e-100),
      }),
      measure: ({ history, beta1, beta2, epsilon }, subject) => {
        const proposal = lastProposal(subject.adamDirection({ beta1, beta2, epsilon }), history);
        const u = unitRoundoff(subject);
        const t = history.length;
        const ones = history.map(() => [1]);
        const [weight1, weight2] = [
          decayed(ones, 0, beta1, (x) => x),
          decayed(ones, 0, beta2, (x) => x),
        ];
        const measured = Array.from(proposal, (proposed, i) => {
          const mean = decayed(history, i, beta1, (x) => x) / weight1;
          const size = decayed(history, i, beta1, Math.abs) / weight1;
          const square = decayed(history, i, beta2, (x) => x * x) / weight2;
          const denominator = Math.sqrt(square) + epsilon;
          // M: 3 roundings a step here and there, V: 4, of which the root passes on half. The shares
          // 1 - beta^t lose the rounding of beta^t, which is at most t roundings of a number below 1,
          // over 1 - beta^t >= 1 - beta. Then a handful for root, sum and quotients.
          const roundings = 6 * t + 4 * t + (t + 2) / (1 - beta1) + (t + 2) / (1 - beta2) + 12;
          // Subnormal losses: of M absolutely; of V below the root, where epsilon is added to it.
          const tiny = ((2 * t) / (1 - beta1)) * 2 ** -1074;
          const rootOfTiny = Math.sqrt(((2 * t) / (1 - beta2)) * 2 ** -1074);
          const tolerance =
            (roundings * u * size + tiny) / denominator +
            (size / denominator) * (rootOfTiny / denominator);
          return { error: Math.abs(-proposed - mean / denominator), tolerance };
        });
        return WorstMeasurement.of(measured);
      },
    }),
  ];
}
