import { dense, dot, norm2 } from "@xent/linalg";
import { linearHead, type StepLimit, type TrainingPoint } from "@xent/models";
import {
  checkpointFromBytes,
  checkpointToBytes,
  normClip,
  train,
  trainingPoint,
} from "@xent/training";
import { describe, expect, test } from "vitest";
import {
  type FgnDirectionOptions,
  fgnDirection,
  fgnStep,
  type GgnDirectionOptions,
  ggnDirection,
  ggnStep,
  type SolveReport,
} from "../src/index.js";
import { randomDense, randomLabels } from "./dense-oracle.js";

const N = 60;
const D = 5;
const C = 4;
const features = randomDense(N, D, 1);
const labels = randomLabels(N, C, 2);
const model = linearHead({ featureCount: D, classCount: C });
const start = model.initialize(1);
const point = (parameters: Float64Array): TrainingPoint =>
  trainingPoint(model, parameters, features, labels);

describe("resume equals uninterrupted, through JSON, bytes and the training loop", () => {
  const fgn: Record<string, FgnDirectionOptions> = {
    constant: { damping: 0.01 },
    schedule: { damping: (step) => 0.1 / (1 + step), momentum: 0.3 },
    "trust ratio": { damping: { initial: 1e-4 }, weightDecay: 1e-3 },
    everything: {
      damping: { initial: 1e-4 },
      momentum: 0.5,
      warmStart: true,
      weightDecay: 1e-3,
      labelSmoothing: 0.1,
      classWeights: [1, 2, 1, 0.5],
      competitors: 1,
    },
  };
  const cases = [
    ...Object.entries(fgn).map(([name, o]) => [`fgn, ${name}`, () => fgnDirection(o)] as const),
    ["ggn", () => ggnDirection({ damping: { initial: 1e-3 }, warmStart: true })] as const,
  ];
  for (const [name, make] of cases) {
    test(name, () => {
      const options = {
        model,
        parameters: start,
        features,
        labels,
        batchSize: 16,
        seed: 3,
        learningRate: 1,
        limit: normClip({ maxNorm: 2 }),
      };
      const whole = train({ ...options, steps: 12, direction: make() });
      const half = train({ ...options, steps: 5, direction: make() });
      const resume = JSON.parse(JSON.stringify(half.checkpoint)) as typeof half.checkpoint;
      const rest = train({ ...options, steps: 12, direction: make(), resume });
      expect(whole.status).toBe("completed");
      expect(Array.from(rest.parameters)).toEqual(Array.from(whole.parameters));
      const bytes = checkpointToBytes(half.checkpoint);
      const again = train({
        ...options,
        steps: 12,
        direction: make(),
        resume: checkpointFromBytes(bytes),
      });
      expect(Array.from(again.parameters)).toEqual(Array.from(whole.parameters));
    });
  }
});

describe("damping", () => {
  test("the trust ratio reaches a loss that the same constant damping overshoots", () => {
    const easy = labels.map((_, i) => {
      const row = features.data.subarray(i * D, i * D + C);
      return row.indexOf(Math.max(...row));
    });
    const run = (direction: ReturnType<typeof fgnDirection>): number[] => {
      const options = { model, parameters: start, features, labels: easy, seed: 1 };
      const result = train({ ...options, batchSize: N, steps: 15, learningRate: 1, direction });
      return result.records.map((r) => r.loss);
    };
    const losses = run(fgnDirection({ damping: { initial: 1e-8 } }));
    losses.slice(1).forEach((loss, k) => {
      expect(loss).toBeLessThanOrEqual(losses[k]! * (1 + 64 * 2 ** -53));
    });
    expect(losses.at(-1)).toBeLessThan(0.1 * losses[0]!);
    expect(Math.max(...run(fgnDirection({ damping: 1e-8 })))).toBeGreaterThan(losses[0]!);
  });

  test("rho: bad steps raise lambda, good ones lower it, and the model is right for short steps", () => {
    const reports: SolveReport[] = [];
    const direction = fgnDirection({
      damping: { initial: 1e6, increase: 3, decrease: 5 },
      onSolve: (report) => reports.push(report),
    });
    direction.propose(point(start));
    direction.propose(point(start));
    expect(reports.map((r) => r.damping)).toEqual([1e6, 2e5]);
    // A step of length ~ 1e-7: the next term of the loss is smaller by that factor, rounding by u / 1e-7.
    expect(Math.abs(reports[0]!.trustRatio! - 1)).toBeLessThan(1e-5);
  });

  test("when every try is rejected the proposal is zero and the damping has grown", () => {
    const reports: SolveReport[] = [];
    const direction = fgnDirection({
      damping: { initial: 1, retries: 3 },
      momentum: 0.9,
      // A liar: the loss after any step is far worse.
      logitsAt: (_, { linearization: { logits } }) =>
        dense(
          N,
          C,
          logits.data.map((z, k) => (k % C === labels[Math.floor(k / C)] ? z - 50 : z)),
        ),
      onSolve: (report) => reports.push(report),
    });
    expect(norm2(direction.propose(point(start)))).toBe(0);
    expect(reports.map((r) => [r.damping, r.accepted])).toEqual([
      [1, false],
      [4, false],
      [16, false],
      [64, false],
    ]);
    expect((direction.save!() as { damping: number }).damping).toBe(256);
  });

  test("the limit makes the judged step the taken one", () => {
    const half: StepLimit = {
      name: "half",
      limit: () => ({ scale: 0.5, radius: Infinity, ratio: 0 }),
    };
    const seen: Float64Array[] = [];
    const direction = fgnDirection({
      damping: { initial: 0.1 },
      limit: half,
      logitsAt: (parameters) => {
        seen.push(parameters);
        return model.logits(parameters, features);
      },
    });
    const step = direction.propose(point(start));
    expect(Array.from(seen[0]!)).toEqual(Array.from(start, (p, k) => p + 0.5 * step[k]!));
  });

  test("schedule", () => {
    const direction = fgnDirection({ damping: (step) => 10 ** -step });
    for (const damping of [1, 0.1, 0.01]) {
      const wanted = fgnStep(point(start).linearization, labels, { damping }).step;
      expect(Array.from(direction.propose(point(start)))).toEqual(Array.from(wanted));
    }
  });
});

test("momentum adds the previous proposal", () => {
  const direction = fgnDirection({ damping: 0.1, momentum: 0.5 });
  const d = fgnStep(point(start).linearization, labels, { damping: 0.1 }).step;
  direction.propose(point(start));
  expect(Array.from(direction.propose(point(start)))).toEqual(Array.from(d, (x) => x + 0.5 * x));
});

test("class weights weigh examples by their class", () => {
  const classWeights = [0, 1, 2, 3];
  const got = fgnDirection({ damping: 0.1, classWeights }).propose(point(start));
  const exampleWeights = labels.map((y) => classWeights[y]!);
  const wanted = fgnStep(point(start).linearization, labels, { damping: 0.1, exampleWeights }).step;
  expect(Array.from(got)).toEqual(Array.from(wanted));
});

/** A teacher's softmax: rows of positive targets that sum to one. */
function teacher(count: number): ReturnType<typeof dense> {
  const t = randomDense(count, C, 9);
  for (let i = 0; i < count; i++) {
    const row = t.data.subarray(i * C, (i + 1) * C).map(Math.exp);
    const sum = row.reduce((a, b) => a + b, 0);
    t.data.set(
      row.map((v) => v / sum),
      i * C,
    );
  }
  return t;
}

test("soft targets and example weights are those of the step, by the numbers of the examples", () => {
  const targets = teacher(N);
  const weights = Float64Array.from({ length: N }, (_, i) => i % 4);
  const rowsOf = ({ examples }: TrainingPoint): ReturnType<typeof dense> => {
    const picked = dense(examples!.length, C);
    for (let i = 0; i < picked.rows; i++) {
      const from = examples![i]! * C;
      picked.data.set(targets.data.subarray(from, from + C), i * C);
    }
    return picked;
  };
  const classWeights = [1, 2, 1, 3];
  const direction = fgnDirection({
    damping: 0.1,
    targets: rowsOf,
    exampleWeights: ({ examples }) => Float64Array.from(examples!, (i) => weights[i]!),
    classWeights,
  });
  const seen: number[] = [];
  train({
    model,
    parameters: start,
    features,
    labels,
    batchSize: 20,
    steps: 4,
    seed: 1,
    learningRate: 1,
    direction: {
      name: "watched",
      propose(at) {
        const examples = at.examples!;
        seen.push(...Array.from(examples));
        const got = direction.propose(at);
        const wanted = fgnStep(at.linearization, at.labels, {
          damping: 0.1,
          targets: rowsOf(at),
          exampleWeights: Float64Array.from(
            examples,
            (i) => weights[i]! * classWeights[labels[i]!]!,
          ),
        }).step;
        expect(Array.from(got)).toEqual(Array.from(wanted));
        at.labels.forEach((y, i) => {
          expect(y).toBe(labels[examples[i]!]);
        });
        return got;
      },
    },
  });
  // One epoch of 60 in batches of 20, and a batch of the next.
  expect(new Set(seen.slice(0, N)).size).toBe(N);
});

test("with soft targets the trust ratio judges the loss that the step is of", () => {
  const targets = teacher(N);
  const reports: SolveReport[] = [];
  const direction = fgnDirection({
    damping: { initial: 1e6 },
    targets: () => targets,
    onSolve: (report) => reports.push(report),
  });
  direction.propose(point(start));
  // A step of length ~ 1e-7: the next term of the loss is smaller by that factor, rounding by u / 1e-7.
  expect(Math.abs(reports[0]!.trustRatio! - 1)).toBeLessThan(1e-5);
  const bad = (data: Float64Array) => () =>
    fgnDirection({ damping: 1, targets: () => dense(N, C, data) }).propose(point(start));
  expect(bad(new Float64Array(N * C))).toThrow("targets[0] sums to 0, expected 1");
  expect(bad(new Float64Array(N * C).fill(-1))).toThrow("targets[0][0] = -1");
  expect(() =>
    fgnDirection({ damping: 1, exampleWeights: () => [1] }).propose(point(start)),
  ).toThrow("exampleWeights");
});

test("a warm start saves iterations at the same point", () => {
  const iterations: number[] = [];
  const direction = ggnDirection({
    damping: 1e-3,
    warmStart: true,
    onSolve: ({ result }) => iterations.push(result.iterations),
  });
  const first = direction.propose(point(start));
  const second = direction.propose(point(start));
  expect(iterations[1]).toBe(0);
  expect(iterations[0]).toBeGreaterThan(5);
  expect(Array.from(second)).toEqual(Array.from(first));
  expect(dot(first, point(start).gradient)).toBeLessThan(0);
});

describe("what is asked of a direction is asked of its steps", () => {
  const { linearization } = point(start);
  const base = { damping: 0.1, parameters: start };
  test.each([
    ["weight decay", { weightDecay: 0.3 }],
    ["label smoothing", { labelSmoothing: 0.2 }],
    ["solver", { solver: "lifted-cg" as const, tolerance: 1e-2 }],
    ["competitors", { competitors: 1 }],
  ])("fgn: %s", (_, option) => {
    const wanted = fgnStep(linearization, labels, { ...base, ...option }).step;
    const got = fgnDirection({ damping: 0.1, ...option }).propose(point(start));
    expect(Array.from(got)).toEqual(Array.from(wanted));
    expect(wanted).not.toEqual(fgnStep(linearization, labels, base).step);
  });

  test.each([
    ["tolerance", { tolerance: 0.3 }],
    ["iterations", { maxIterations: 2 }],
    ["preconditioner", { preconditioner: "fgn" as const }],
    ["competitors", { preconditioner: "fgn" as const, competitors: 2 }],
  ])("ggn: %s", (_, option) => {
    const wanted = ggnStep(linearization, labels, { ...base, ...option });
    let got: unknown;
    const direction = ggnDirection({
      damping: 0.1,
      ...option,
      onSolve: ({ result }) => {
        got = result;
      },
    });
    expect(Array.from(direction.propose(point(start)))).toEqual(Array.from(wanted.step));
    expect(got).toEqual(wanted);
    expect(wanted.step).not.toEqual(ggnStep(linearization, labels, base).step);
  });

  test("names", () => {
    expect(fgnDirection({ damping: 1 }).name).toBe("fgn");
    expect(ggnDirection({ damping: 1 }).name).toBe("ggn");
  });
});

describe("what a direction keeps", () => {
  test("the last proposal, apart from the one it gave away", () => {
    const direction = fgnDirection({ damping: 0.1, momentum: 0.5 });
    const first = direction.propose(point(start));
    const d = first.slice();
    first.fill(NaN);
    expect(Array.from(direction.propose(point(start)))).toEqual(Array.from(d, (x) => x + 0.5 * x));
  });

  test("the last solution, apart from the momentum that is added to it", () => {
    const iterations: number[] = [];
    const direction = ggnDirection({
      damping: 1e-3,
      warmStart: true,
      momentum: 0.5,
      onSolve: ({ result }) => iterations.push(result.iterations),
    });
    for (let k = 0; k < 3; k++) direction.propose(point(start));
    expect(iterations.slice(1)).toEqual([0, 0]);
  });

  test("nothing without momentum and warm start", () => {
    const direction = fgnDirection({ damping: 0.1 });
    direction.propose(point(start));
    expect(direction.save!()).toEqual({ steps: 1, damping: null, velocity: null, solution: null });
  });

  test("numbers that JSON can tell: no -0", () => {
    const direction = fgnDirection({ damping: 0.1, momentum: 0.5 });
    direction.restore!({ steps: 1, damping: null, velocity: [-0, 1], solution: [-0] });
    const { velocity, solution } = direction.save!() as Record<string, number[]>;
    expect(Object.is(velocity![0], 0)).toBe(true);
    expect(Object.is(solution![0], 0)).toBe(true);
  });
});

test("a step after which the loss is no number is rejected, other errors pass through", () => {
  const reports: SolveReport[] = [];
  const make = (logitsAt: NonNullable<FgnDirectionOptions["logitsAt"]>) =>
    fgnDirection({
      damping: { initial: 1, retries: 1 },
      logitsAt,
      onSolve: (report) => reports.push(report),
    });
  const overflown = make(() => dense(N, C, new Float64Array(N * C).fill(NaN)));
  expect(norm2(overflown.propose(point(start)))).toBe(0);
  expect(reports.map((r) => [r.trustRatio, r.accepted])).toEqual([
    [-Infinity, false],
    [-Infinity, false],
  ]);
  const broken = make(() => {
    throw new Error("no network");
  });
  expect(() => broken.propose(point(start))).toThrow("no network");
});

test("bad options name themselves", () => {
  const make = (options: Partial<FgnDirectionOptions & GgnDirectionOptions>) => () =>
    fgnDirection({ damping: 1, ...options });
  expect(make({ momentum: 1 })).toThrow("momentum = 1");
  expect(make({ momentum: -0.1 })).toThrow("momentum = -0.1");
  expect(make({ damping: 0 })).toThrow("damping = 0");
  expect(make({ damping: { initial: 1, increase: 1 } })).toThrow("damping.increase = 1");
  expect(make({ damping: { initial: 1e-13 } })).toThrow("damping.initial = 1e-13 is outside");
  const blind = Object.fromEntries(
    Object.entries(point(start)).filter(([key]) => key !== "logitsAt"),
  ) as unknown as TrainingPoint;
  expect(() => fgnDirection({ damping: { initial: 1 } }).propose(blind)).toThrow("needs the loss");
  expect(() => fgnDirection({ damping: 1, classWeights: [1] }).propose(point(start))).toThrow(
    "classWeights",
  );
  const state = { steps: 1, damping: null, velocity: null, solution: null };
  const restore = (changes: object) => () =>
    void fgnDirection({ damping: 1 }).restore!({ ...state, ...changes });
  expect(restore({ steps: -1 })).toThrow("state.steps");
  expect(restore({ damping: 3 })).toThrow("state.damping");
  expect(restore({ velocity: [null] })).toThrow("state.velocity");
  expect(restore({ velocity: [1, null] })).toThrow("state.velocity");
  expect(restore({ solution: [null] })).toThrow("state.solution");
  for (const bad of [null, 3, undefined]) {
    expect(() => {
      fgnDirection({ damping: 1 }).restore!(bad);
    }).toThrow("state is not an object");
  }
  const other = fgnDirection({ damping: 1, momentum: 0.5 });
  other.restore!({ ...state, velocity: [1] });
  expect(() => other.propose(point(start))).toThrow(`parameters has length ${start.length}`);
  expect(() =>
    fgnDirection({ damping: 1, classWeights: [1, 1, 1, 1], exampleWeights: () => [1] }).propose(
      point(start),
    ),
  ).toThrow("exampleWeights has length 1");
});
