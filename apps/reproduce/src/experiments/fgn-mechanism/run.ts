import { loadDigits, type Progress, splitDigits } from "@xent/app-kit";
import { fgnDirection, fgnStep, ggnDirection, ggnStep, trueVsRest } from "@xent/fgn";
import { dense, dot, norm2, SeededRandom } from "@xent/linalg";
import { type Direction, type LogitModel, linearHead, mlp } from "@xent/models";
import { softmax } from "@xent/softmax-spectral";
import { radiusCap } from "@xent/taylor-radius";
import { adamDirection, train, trainingPoint } from "@xent/training";

export interface Settings {
  /** Scale of the weights: larger concentrates the competitors. */
  readonly scales: readonly number[];
  readonly classCounts: readonly number[];
  readonly dampings: readonly number[];
  readonly examples: number;
  readonly featureCount: number;
  /** Training loss that the fixed-feature head is to reach, and steps allowed. */
  readonly target: number;
  readonly limit: number;
}

/** FGN beside the full Gauss-Newton step of the same point and damping. */
export interface Closeness {
  readonly at: number;
  readonly cosine: number;
  readonly normRatio: number;
  /** Mean over examples of the largest competitor's share. */
  readonly concentration: number;
}

export interface Head {
  readonly name: string;
  /** Steps to the target; null when not reached. */
  readonly steps: number | null;
}

export interface Run {
  readonly byConcentration: readonly Closeness[];
  readonly byClasses: readonly Closeness[];
  readonly byDamping: readonly Closeness[];
  readonly heads: readonly Head[];
}

const DAMPING = 1e-3;

export function runMechanism(settings: Settings, seed: number, progress: Progress): Run {
  const { scales, classCounts, dampings } = settings;
  progress.stage(
    `fgn mechanism, seed ${seed}`,
    scales.length + classCounts.length + dampings.length + 5,
  );
  const track = <T>(value: T): T => {
    progress.advance();
    return value;
  };
  return {
    byConcentration: scales.map((s) => track(closeness(settings, seed, 10, s, DAMPING, s))),
    byClasses: classCounts.map((c) => track(closeness(settings, seed, c, 1, DAMPING, c))),
    byDamping: dampings.map((l) => track(closeness(settings, seed, 10, 1, l, l))),
    heads: headRuns(settings, seed, track),
  };
}

/** A linear head with random features and weights, labels drawn from its own probabilities. */
function closeness(
  settings: Settings,
  seed: number,
  classCount: number,
  scale: number,
  damping: number,
  at: number,
): Closeness {
  const { examples, featureCount } = settings;
  const random = new SeededRandom(seed);
  const model = linearHead({ featureCount, classCount, bias: false });
  const features = dense(examples, featureCount, random.normals(examples * featureCount));
  const weights = random.normals(model.parameterCount, (scale / Math.sqrt(featureCount)) * 2);
  const logits = model.logits(weights, features);
  const labels = Int32Array.from({ length: examples }, (_, i) => {
    const p = softmax(logits.data.subarray(i * classCount, (i + 1) * classCount));
    let left = random.uniform();
    const drawn = p.findIndex((share) => {
      left -= share;
      return left < 0;
    });
    return drawn < 0 ? classCount - 1 : drawn;
  });
  const { linearization } = trainingPoint(model, weights, features, labels);
  const options = { damping, tolerance: 1e-8, maxIterations: 2000 };
  const [f, g] = [
    fgnStep(linearization, labels, options).step,
    ggnStep(linearization, labels, options).step,
  ];
  const { competitors } = trueVsRest(logits, labels);
  let concentration = 0;
  for (let i = 0; i < examples; i++) {
    const q = competitors.data.subarray(i * classCount, (i + 1) * classCount);
    concentration += Math.max(...q) / examples;
  }
  return {
    at,
    cosine: dot(f, g) / (norm2(f) * norm2(g)),
    normRatio: norm2(f) / norm2(g),
    concentration,
  };
}

/** Full-batch training of a linear head on the hidden features of a trained MLP, which stay fixed. */
function headRuns(settings: Settings, seed: number, track: <T>(value: T) => T): Head[] {
  const { train: data } = splitDigits(loadDigits(), seed);
  const network = mlp({ widths: [64, 32, 10], activation: "relu" });
  const trained = train({
    model: network,
    parameters: network.initialize(seed),
    ...data,
    batchSize: 128,
    steps: 30,
    seed,
    direction: adamDirection(),
    learningRate: 1e-3,
  }).parameters;
  const views = network.views(trained);
  // The first layer is an affine map too: a model of its own, then ReLU.
  const first = linearHead({ featureCount: 64, classCount: 32 });
  const flat = new Float64Array(first.parameterCount);
  const own = first.views(flat);
  for (const name of ["weights", "bias"]) own[name]!.data.set(views[`layer1.${name}`]!.data);
  const hidden = first.logits(flat, data.features);
  const features = { ...hidden, data: hidden.data.map((x) => Math.max(0, x)) };
  const model: LogitModel = linearHead({ featureCount: 32, classCount: 10 });
  const methods: [string, () => Direction, number, boolean][] = [
    ["Adam, rate 0.03", () => adamDirection(), 0.03, false],
    ["Adam, rate 0.1", () => adamDirection(), 0.1, false],
    ["FGN, no cap", () => fgnDirection({ damping: 1e-3 }), 1, false],
    ["FGN, cap r = 2", () => fgnDirection({ damping: 1e-3 }), 1, true],
    ["GGN, cap r = 2", () => ggnDirection({ damping: 1e-3, tolerance: 1e-4 }), 1, true],
  ];
  return methods.map(([name, direction, learningRate, capped]) => {
    const result = train({
      model,
      parameters: new Float64Array(model.parameterCount),
      features,
      labels: data.labels,
      batchSize: data.labels.length,
      steps: settings.limit,
      seed,
      direction: direction(),
      learningRate,
      ...(capped ? { limit: radiusCap({ target: 2 }) } : {}),
      stopWhen: ({ loss }) => loss <= settings.target,
    });
    return track({ name, steps: result.status === "stopped" ? result.records.length - 1 : null });
  });
}
