import { check } from "@xent/invariants";
import { describeInvariants } from "@xent/invariants/vitest";
import { expect, test } from "vitest";
import type { Linearization, ParametricModel } from "../src/index.js";
import { type ModelsSubject, modelsInvariants, modelsSubject } from "../src/invariants.js";

describeInvariants("models", modelsInvariants(), modelsSubject);

/** Our models with one method of their linearizations replaced. */
function spoil(
  change: (at: Linearization, parameters: Float64Array) => Partial<Linearization>,
): Partial<ModelsSubject> {
  const spoiled = <Batch>(model: ParametricModel<Batch>): ParametricModel<Batch> => ({
    ...model,
    linearize: (parameters, batch) => {
      const at = model.linearize(parameters, batch);
      const own: Linearization = {
        logits: at.logits,
        parameterCount: at.parameterCount,
        jvp: (v, out) => at.jvp(v, out),
        vjp: (u, out) => at.vjp(u, out),
        rowGram: (u, out) => at.rowGram!(u, out),
        gradientSquares: (u, out) => at.gradientSquares!(u, out),
        ...(at.gradientRows && { gradientRows: (u, out) => at.gradientRows!(u, out) }),
        second: (v, out) => at.second!(v, out),
        preActivations: (v) => at.preActivations!(v),
      };
      return { ...own, ...change(at, parameters) };
    },
  });
  return {
    linearHead: (options) => spoiled(modelsSubject.linearHead(options)),
    mlp: (options) => spoiled(modelsSubject.mlp(options)),
    unconstrainedFeatures: (options) => spoiled(modelsSubject.unconstrainedFeatures(options)),
  };
}

// Each invariant must be able to fail: implementations that are wrong in a way that people get wrong.
const wrong: [string, Partial<ModelsSubject>][] = [
  // The last bias forgotten in the reverse pass.
  ["models/adjoint-identity", spoil((at) => ({ vjp: (u) => at.vjp(u).fill(0, -1) }))],
  // A derivative in single precision.
  [
    "models/jvp-by-definition",
    spoil((at) => ({ jvp: (v) => ({ ...at.jvp(v), data: at.jvp(v).data.map(Math.fround) }) })),
  ],
  [
    "models/jvp-against-differences",
    spoil((at) => ({ jvp: (v) => ({ ...at.jvp(v), data: at.jvp(v).data.map((x) => x * 1.001) }) })),
  ],
  // Half the second derivative: the Taylor coefficient instead.
  [
    "models/second-against-differences",
    spoil((at) => ({
      second: (v) => ({ ...at.second!(v), data: at.second!(v).data.map((x) => x / 2) }),
    })),
  ],
  // Only the diagonal.
  [
    "models/row-gram-of-example-gradients",
    spoil((at) => ({
      rowGram: (u) => {
        const gram = at.rowGram!(u);
        return { ...gram, data: gram.data.map((x, k) => (k % (gram.rows + 1) === 0 ? x : 0)) };
      },
    })),
  ],
  // Lengths for squares of lengths; and rows that forget the cotangents of their own example.
  [
    "models/gradient-rows-and-squares",
    spoil((at) => ({ gradientSquares: (u) => at.gradientSquares!(u).map(Math.sqrt) })),
  ],
  [
    "models/gradient-rows-and-squares",
    spoil((at) =>
      at.gradientRows === undefined
        ? {}
        : { gradientRows: (u) => at.gradientRows!({ ...u, data: u.data.toReversed() }) },
    ),
  ],
  [
    "models/pre-activations-by-definition",
    spoil((at) => ({
      preActivations: (v) => at.preActivations!(v).map((a) => ({ ...a, slopes: a.values })),
    })),
  ],
  // The tanh fit of GELU.
  [
    "models/activation-derivatives-against-differences",
    {
      activation: (name, x) => {
        const exact = modelsSubject.activation(name, x);
        if (name !== "gelu") return exact;
        const fit = 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
        return { ...exact, value: fit };
      },
    },
  ],
  ["models/erf-and-complement", { erfc: (x) => Math.max(0, 1 - modelsSubject.erf(x)) + 1e-14 }],
];

test.each(wrong)("%s fails for a wrong implementation", (id, functions) => {
  const invariant = modelsInvariants().find((i) => i.id === id)!;
  const result = check(invariant, { ...modelsSubject, ...functions }, { runs: 300, seed: 1 });
  expect(result.status).toBe("fails");
});
