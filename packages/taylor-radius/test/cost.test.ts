import { type Dense, SeededRandom } from "@xent/linalg";
import { type LogitModel, mlp } from "@xent/models";
import { adamDirection, gradientDirection, type TrainOptions, train } from "@xent/training";
import { describe, expect, test } from "vitest";
import { nearestGhost, RADIUS_MODES, radiusCap } from "../src/index.js";

/** Costs that are counted, not timed, so that they hold on every machine. */
describe("evaluations of F", () => {
  test.each([
    [10, 60, 500],
    [1000, 9, 2000],
  ])("C = %i: the median of %i random cases stays below %i", (classes, runs, most) => {
    const random = new SeededRandom(classes);
    const spent = Array.from({ length: runs }, () => {
      const ghost = nearestGhost(random.normals(classes), random.normals(classes));
      expect(ghost.certified).toBe(true);
      return ghost.evaluations;
    }).sort((p, q) => p - q);
    expect(spent[runs >> 1]).toBeLessThanOrEqual(most);
  });
});

interface Counts {
  linearizations: number;
  logits: number;
  jvps: number;
  vjps: number;
}

/** `model`, and how often each of its passes was asked for. */
function counting(model: LogitModel): { readonly model: LogitModel; readonly counts: Counts } {
  const counts: Counts = { linearizations: 0, logits: 0, jvps: 0, vjps: 0 };
  return {
    counts,
    model: {
      parameterCount: model.parameterCount,
      classCount: model.classCount,
      logits(parameters, batch) {
        counts.logits++;
        return model.logits(parameters, batch);
      },
      linearize(parameters, batch) {
        counts.linearizations++;
        const at = model.linearize(parameters, batch);
        return {
          logits: at.logits,
          parameterCount: at.parameterCount,
          jvp(v: Float64Array, out?: Dense) {
            counts.jvps++;
            return at.jvp(v, out);
          },
          vjp(u: Dense, out?: Float64Array) {
            counts.vjps++;
            return at.vjp(u, out);
          },
        };
      },
    },
  };
}

describe("a training step with a cap", () => {
  const steps = 7;
  const plain = mlp({ widths: [4, 6, 3], activation: "tanh" });
  const random = new SeededRandom(3);
  const features = { rows: 20, cols: 4, data: random.normals(80) };
  const labels = Int32Array.from({ length: 20 }, () => random.integer(3));
  const passes = (extra: Partial<TrainOptions>): Counts => {
    const { model, counts } = counting(plain);
    const result = train({
      model,
      parameters: plain.initialize(1),
      features,
      labels,
      batchSize: 8,
      steps,
      seed: 1,
      direction: gradientDirection(),
      learningRate: 1,
      ...extra,
    });
    expect(result.status).toBe("completed");
    return counts;
  };

  test.each(RADIUS_MODES)("mode %s costs one JVP more than without, and nothing else", (mode) => {
    for (const make of [gradientDirection, adamDirection]) {
      const without = passes({ direction: make() });
      const capped = passes({ direction: make(), limit: radiusCap({ mode }) });
      expect(without).toEqual({ linearizations: steps, logits: 0, jvps: 0, vjps: steps });
      expect(capped).toEqual({ ...without, jvps: steps });
    }
  });
});
