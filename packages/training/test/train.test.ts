import { DimensionError, DomainError, dense, fromRows, SeededRandom } from "@xent/linalg";
import { type Direction, type LogitModel, linearHead, type StepLimit } from "@xent/models";
import { describe, expect, test } from "vitest";
import {
  accuracy,
  adamDirection,
  gradientDirection,
  momentumDirection,
  normClip,
  type TrainingCheckpoint,
  type TrainOptions,
  type TrainResult,
  train,
  trainingPoint,
} from "../src/index.js";

const model = linearHead({ featureCount: 2, classCount: 3 });
// Three clouds, apart from each other.
const random = new SeededRandom(7);
const labels = Int32Array.from({ length: 60 }, (_, i) => i % 3);
const features = fromRows(
  Array.from(labels, (y) => [4 * y + random.normal() / 4, (y === 1 ? 4 : 0) + random.normal() / 4]),
);

function options(overrides: Partial<TrainOptions> = {}): TrainOptions {
  return {
    model,
    parameters: new Float64Array(model.parameterCount),
    features,
    labels,
    batchSize: 16,
    steps: 40,
    seed: 3,
    direction: gradientDirection(),
    learningRate: 0.3,
    ...overrides,
  };
}

describe("train", () => {
  test("separates three clouds, from the loss log 3 on", () => {
    const { status, records, parameters } = train(options({ steps: 300 }));
    expect(status).toBe("completed");
    // The logits are all 0: the loss is log 3 up to the rounding of one mean.
    expect(Math.abs(records[0]!.loss - Math.log(3))).toBeLessThan(20 * 2 ** -53);
    expect(accuracy(model.logits(parameters, features), labels)).toBe(1);
  });

  test("takes the learning rate of the step from a schedule, and leaves the start as it was", () => {
    const parameters = new Float64Array(model.parameterCount);
    const { records } = train(
      options({ parameters, steps: 4, learningRate: (step) => 0.1 / (1 + step) }),
    );
    expect(records.map((r) => r.learningRate)).toEqual([0.1, 0.1 / 2, 0.1 / 3, 0.1 / 4]);
    expect(parameters).toEqual(new Float64Array(model.parameterCount));
  });

  test("gathers batches by a function as it does from a matrix", () => {
    const byMatrix = train(options());
    const byFunction = train(
      options({
        features: (indices) => {
          const out = dense(indices.length, 2);
          for (const [row, i] of indices.entries())
            out.data.set(features.data.subarray(2 * i, 2 * i + 2), 2 * row);
          return out;
        },
      }),
    );
    expect(byFunction.parameters).toEqual(byMatrix.parameters);
  });

  test("stops when asked, and goes on from there", () => {
    const stopped = train(options({ stopWhen: (record) => record.step === 9 }));
    expect(stopped.status).toBe("stopped");
    expect(stopped.records).toHaveLength(10);
    const rest = train(options({ resume: stopped.checkpoint }));
    expect(rest.records).toHaveLength(30);
    expect(rest.parameters).toEqual(train(options()).parameters);
  });

  test("a limit that remembers resumes with its memory", () => {
    const halving = (): StepLimit => {
      let scale = 1;
      return {
        name: "halving",
        limit: () => {
          scale /= 2;
          return { scale, radius: 1, ratio: 1 };
        },
        save: () => scale,
        restore: (state) => {
          scale = state as number;
        },
      };
    };
    const part = train(options({ limit: halving(), steps: 5 }));
    const rest = train(options({ limit: halving(), steps: 10, resume: part.checkpoint }));
    expect(rest.records.map((r) => r.scale)).toEqual([6, 7, 8, 9, 10].map((n) => 2 ** -n));
  });

  test("a diverged run keeps its last finite state, from which it diverges again", () => {
    const direction = momentumDirection();
    const run = options({ direction, learningRate: (step) => (step < 5 ? 0.1 : Number.MAX_VALUE) });
    const result = train(run);
    expect(result.status).toBe("diverged");
    expect(result.reason).toMatch(/^step [5-9]: /);
    expect(result.parameters.every(Number.isFinite)).toBe(true);
    const resume = JSON.parse(JSON.stringify(result.checkpoint)) as TrainingCheckpoint;
    const again = train({ ...run, direction: momentumDirection(), resume });
    expect(again.reason).toBe(result.reason);
    expect(again.parameters).toEqual(result.parameters);
    const tamed = train({
      ...run,
      direction: momentumDirection(),
      limit: normClip({ maxNorm: 1 }),
      // A proposal that overflows cannot be limited; one that just does not, can.
      learningRate: (step) => (step < 5 ? 0.1 : 1e300),
    });
    expect(tamed.status).toBe("completed");
  });
});

describe("slopes that overflow though loss and gradient do not", () => {
  // Logits are 0 at the start, the two examples cancel in the gradient of the weights, and the nine
  // terms of a slope sum to 9e308 / 3.
  const wide = linearHead({ featureCount: 9, classCount: 2 });
  const huge = fromRows([new Array<number>(9).fill(1e308), new Array<number>(9).fill(-1e308)]);
  const weightsOfOneClass = Float64Array.from({ length: wide.parameterCount }, (_, i) => +(i < 9));
  const run = (limit: StepLimit, direction: Direction, step = 0): TrainResult =>
    train({
      model: wide,
      parameters: new Float64Array(wide.parameterCount),
      features: huge,
      labels: [0, 0],
      batchSize: 2,
      steps: 3,
      seed: 1,
      // Small enough to leave the parameters, and the logits, where they are.
      learningRate: (s) => (s < step ? 0 : 1e-320),
      direction,
      limit,
    });
  const sideways: Direction = { name: "sideways", propose: () => weightsOfOneClass.slice() };
  const measuring: StepLimit = {
    name: "measuring",
    limit(change, linearization) {
      const size = Math.max(...change.map(Math.abs));
      if (size > 0) linearization.jvp(change.map((x) => x / size));
      return { scale: 1, radius: Infinity, ratio: 0 };
    },
  };

  test.each([0, 2])("as a limit asks for them at step %i: diverged", (step) => {
    const { status, reason, records, parameters } = run(measuring, sideways, step);
    expect(status).toBe("diverged");
    expect(reason).toMatch(new RegExp(`^step ${step}: limit "measuring": jvp overflows float64`));
    expect(records).toHaveLength(step);
    expect(parameters.every((p) => p === 0)).toBe(true);
  });

  test("as a direction asks for them at the first step: diverged", () => {
    const model = { ...wide, linearize: withGradient(wide, weightsOfOneClass) };
    const asking: Direction = {
      name: "asking",
      propose: ({ linearization, gradient }) => {
        linearization.jvp(gradient);
        return gradient;
      },
    };
    const result = train({
      model,
      parameters: new Float64Array(wide.parameterCount),
      features: huge,
      labels: [0, 0],
      batchSize: 2,
      steps: 1,
      seed: 1,
      learningRate: 0,
      direction: asking,
    });
    expect(result.status).toBe("diverged");
    expect(result.reason).toMatch(/^step 0: direction "asking": jvp overflows/);
  });

  test("a complaint about anything else is the caller's to hear", () => {
    const choosy: StepLimit = {
      name: "choosy",
      limit: () => {
        throw new DomainError("target = 0, expected a finite number > 0");
      },
    };
    const still: Direction = { name: "still", propose: ({ gradient }) => gradient.map((g) => -g) };
    expect(() => run(choosy, still)).toThrow(/target = 0/);
  });
});

/** A linearize whose reverse pass returns `gradient`, as of a model whose cotangents do not cancel. */
function withGradient(of: LogitModel, gradient: Float64Array): LogitModel["linearize"] {
  return (parameters, batch) => {
    const at = of.linearize(parameters, batch);
    return {
      logits: at.logits,
      parameterCount: at.parameterCount,
      jvp: (v, out) => at.jvp(v, out),
      vjp: () => gradient.slice(),
    };
  };
}

describe("bad input is named before the first step", () => {
  const cases: readonly (readonly [
    string,
    Partial<TrainOptions>,
    RegExp,
    typeof DomainError | typeof DimensionError,
  ])[] = [
    [
      "parameters",
      { parameters: new Float64Array(3) },
      /parameters has length 3, expected 9/,
      DimensionError,
    ],
    [
      "NaN",
      { parameters: new Float64Array(9).fill(Number.NaN) },
      /parameters\[0\] = NaN/,
      DomainError,
    ],
    [
      "label",
      { labels: Int32Array.from({ length: 60 }, (_, i) => (i === 4 ? 3 : 0)) },
      /labels\[4\] = 3 is outside 0\.\.2/,
      DomainError,
    ],
    ["no labels", { labels: [] }, /labels has length 0/, DimensionError],
    ["features", { features: dense(5, 2) }, /features is 5 x 2/, DimensionError],
    [
      "infinite feature",
      { features: { ...features, data: features.data.map((x, i) => (i === 8 ? Infinity : x)) } },
      /features\.data\[8\] = Infinity/,
      DomainError,
    ],
    ["feature count", { features: dense(60, 5) }, /5/, DimensionError],
    [
      "batch size",
      { batchSize: 61 },
      /batchSize = 61, expected an integer in 1\.\.60/,
      DomainError,
    ],
    ["steps", { steps: -1 }, /steps = -1/, DomainError],
    ["seed", { seed: 0.5 }, /seed = 0\.5/, DomainError],
    ["learning rate", { learningRate: Number.NaN }, /learningRate = NaN/, DomainError],
    ["schedule", { learningRate: () => -1 }, /learningRate\(0\) = -1/, DomainError],
    [
      "overflow at the start",
      { parameters: new Float64Array(9).fill(1e308) },
      /overflow|finite/,
      DomainError,
    ],
  ];
  test.each(cases)("%s", (_name, overrides, message, kind) => {
    let caught: unknown;
    try {
      train(options(overrides));
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(kind);
    expect((caught as Error).message).toMatch(message);
  });

  test("options of directions and limits", () => {
    expect(() => momentumDirection({ momentum: 1 })).toThrow(
      /momentum = 1, expected a number in \[0, 1\)/,
    );
    expect(() => adamDirection({ beta2: -0.1 })).toThrow(/beta2 = -0\.1/);
    expect(() => adamDirection({ epsilon: 0 })).toThrow(/epsilon = 0/);
    expect(() => normClip({ maxNorm: Infinity })).toThrow(/maxNorm = Infinity/);
    expect(() => accuracy(dense(0, 3), [])).toThrow(/0 rows/);
    expect(() => trainingPoint(model, new Float64Array(9), dense(0, 2), [])).toThrow(/0 examples/);
  });
});

describe("a checkpoint of another run is refused", () => {
  const { checkpoint } = train(options({ steps: 3 }));
  const cases: readonly (readonly [string, Partial<TrainOptions>, RegExp])[] = [
    [
      "direction",
      { direction: adamDirection() },
      /resume\.direction\.name = "gradient", expected "adam"/,
    ],
    [
      "limit",
      { limit: normClip({ maxNorm: 1 }) },
      /resume\.limit\.name = "none", expected "norm-clip"/,
    ],
    ["batch size", { batchSize: 8 }, /resume\.stream\.batchSize = 16, but this run has 8/],
    ["seed", { seed: 4 }, /resume\.stream\.seed = 3/],
    [
      "format",
      { resume: { ...checkpoint, format: "other" as "xent-training/1" } },
      /resume\.format = "other"/,
    ],
    [
      "parameters",
      { resume: { ...checkpoint, parameters: [1] } },
      /resume\.parameters has length 1/,
    ],
    [
      "not finite",
      { resume: { ...checkpoint, parameters: checkpoint.parameters.map(() => Number.NaN) } },
      /resume\.parameters\[0\] = NaN/,
    ],
    [
      "stream position",
      { resume: { ...checkpoint, minibatches: { ...checkpoint.minibatches, position: 60 } } },
      /minibatches\.position = 60/,
    ],
    [
      "generator",
      { resume: { ...checkpoint, minibatches: { ...checkpoint.minibatches, generator: [1] } } },
      /minibatches\.generator/,
    ],
  ];
  test.each(cases)("%s", (_name, overrides, message) => {
    expect(() => train(options({ resume: checkpoint, ...overrides }))).toThrow(message);
  });
});
