import { type Dense, SeededRandom } from "@xent/linalg";
import { type LogitModel, mlp } from "@xent/models";
import {
  batchRadius,
  dominanceRadii,
  nearestGhost,
  provenRadii,
  radiusCap,
  spreadRadii,
  varianceRadii,
  varianceRadiiClosedForm,
} from "@xent/taylor-radius";
import { gradientDirection, type TrainOptions, train } from "@xent/training";
import type { BenchCase } from "./bench-case.js";
import { normalMatrix, randomLabels, requireClose } from "./random-data.js";

const ROWS = 4096;

/** Logits and slopes of a batch, B x C. */
interface Batch {
  readonly logits: Dense;
  readonly slopes: Dense;
}

/** Standard normal logits: no class has the majority, apart from rare rows with few classes. */
function randomBatch(classes: number): Batch {
  return { logits: normalMatrix(ROWS, classes, 1), slopes: normalMatrix(ROWS, classes, 2) };
}

/** As after training: one class of each row leads, with a probability of error log-uniform in 1e-4..0.5. */
function trainedBatch(classes: number): Batch {
  const { logits, slopes } = randomBatch(classes);
  const random = new SeededRandom(3);
  for (let i = 0; i < ROWS; i++) {
    const row = logits.data.subarray(i * classes, (i + 1) * classes);
    const error = 0.5 * Math.exp(Math.log(2e-4) * random.uniform());
    const label = random.integer(classes);
    let rest = 0;
    for (let k = 0; k < classes; k++) if (k !== label) rest += Math.exp(row[k]!);
    row[label] = Math.log(((1 - error) / error) * rest);
  }
  return { logits, slopes };
}

/** One pass of max and min over each row: what memory speed is, in this language. */
function spreads({ rows, cols, data }: Dense, out: Float64Array): Float64Array {
  for (let i = 0; i < rows; i++) {
    const start = i * cols;
    let low = data[start]!;
    let high = low;
    for (let j = start; j < start + cols; j++) {
      const v = data[j]!;
      if (v < low) low = v;
      if (v > high) high = v;
    }
    out[i] = high - low;
  }
  return out;
}

function boundCases(kind: string, classes: number, { logits, slopes }: Batch): BenchCase[] {
  const group = `radii of 4096 rows, ${kind} logits`;
  const out = new Float64Array(ROWS);
  const width = new Float64Array(ROWS);
  const bound = (name: string, run: () => Float64Array): BenchCase => ({
    group,
    name,
    size: classes,
    run,
    // No bound is below pi / spread but for its rounding down.
    check() {
      const radii = run();
      spreads(slopes, width).forEach((w, i) => {
        if (!(radii[i]! * w >= Math.PI * (1 - 2 ** -50))) throw new Error(`row ${i}: ${radii[i]}`);
      });
    },
  });
  return [
    { group, name: "max and min of slopes", size: classes, run: () => spreads(slopes, width) },
    {
      group,
      name: "max and min of both",
      size: classes,
      run: () => [spreads(logits, width), spreads(slopes, width)],
    },
    {
      ...bound("spread", () => spreadRadii(slopes, out)),
      check: () =>
        requireClose(
          spreadRadii(slopes),
          spreads(slopes, width).map((w) => Math.PI / w),
          2 ** -50,
        ),
    },
    bound("dominance", () => dominanceRadii(logits, slopes, out)),
    bound("proven", () => provenRadii(logits, slopes, out)),
    bound("variance to 1e-3", () => varianceRadii(logits, slopes, {}, out)),
    bound("variance, closed form", () => varianceRadiiClosedForm(logits, slopes, out)),
  ];
}

/** Bounds of a batch beside one pass of max and min over it. */
export function radiusBoundCases(): BenchCase[] {
  return [10, 1000].flatMap((classes) => [
    ...boundCases("random", classes, randomBatch(classes)),
    ...boundCases("trained", classes, trainedBatch(classes)),
  ]);
}

/** The exact minimum over a batch, by branch and bound, beside its dominance bounds. */
export function exactBatchCases(): BenchCase[] {
  const { logits, slopes } = trainedBatch(10);
  const out = new Float64Array(ROWS);
  const group = "exact radius of 4096 trained rows";
  return [
    { group, name: "dominance of all", size: 10, run: () => dominanceRadii(logits, slopes, out) },
    {
      group,
      name: "exact minimum",
      size: 10,
      run: () => batchRadius(logits, slopes),
      check() {
        const { radius, sample, ghost } = batchRadius(logits, slopes);
        const row = (m: Dense): Float64Array => m.data.subarray(10 * sample, 10 * sample + 10);
        const alone = nearestGhost(row(logits), row(slopes));
        if (ghost?.certified !== true || radius !== alone.lower) throw new Error(`${radius}`);
      },
    },
  ];
}

/** One sample with a certificate, on random cases in turn; its evaluations of F are counted, and their median checked. */
export function nearestGhostCases(): BenchCase[] {
  return [
    { classes: 10, draws: 200, most: 500 },
    { classes: 100, draws: 60, most: 2000 },
    { classes: 1000, draws: 20, most: 2000 },
  ].map(({ classes, draws, most }): BenchCase => {
    const logits = normalMatrix(draws, classes, 5);
    const slopes = normalMatrix(draws, classes, 6);
    const solve = (i: number) =>
      nearestGhost(
        logits.data.subarray(i * classes, (i + 1) * classes),
        slopes.data.subarray(i * classes, (i + 1) * classes),
      );
    let next = 0;
    return {
      group: "nearest ghost with certificate",
      name: "xent",
      size: classes,
      run: () => solve(next++ % draws),
      check() {
        const spent = Array.from({ length: draws }, (_, i) => solve(i).evaluations);
        const median = spent.sort((p, q) => p - q)[draws >> 1]!;
        if (median > most) throw new Error(`median of ${median} evaluations, at most ${most}`);
      },
    };
  });
}

/** `model` with a count of the Jacobian-vector products asked of it. */
function countingJvps(model: LogitModel): { readonly model: LogitModel; count: number } {
  const counting = {
    count: 0,
    model: {
      parameterCount: model.parameterCount,
      classCount: model.classCount,
      logits: (parameters: Float64Array, batch: Dense) => model.logits(parameters, batch),
      linearize(parameters: Float64Array, batch: Dense) {
        const at = model.linearize(parameters, batch);
        const jvp = (v: Float64Array, out?: Dense): Dense => {
          counting.count++;
          return at.jvp(v, out);
        };
        return {
          logits: at.logits,
          parameterCount: at.parameterCount,
          jvp,
          vjp: at.vjp.bind(at),
        };
      },
    },
  };
  return counting;
}

/** Twenty steps of gradient descent without a cap, with the spread cap, and with the exact one. */
export function cappedTrainingCases(): BenchCase[] {
  const steps = 20;
  const model = mlp({ widths: [64, 64, 10], activation: "tanh" });
  const options: TrainOptions = {
    model,
    parameters: model.initialize(1),
    features: normalMatrix(1024, 64, 2),
    labels: randomLabels(1024, 10, 3),
    batchSize: 128,
    steps,
    seed: 4,
    direction: gradientDirection(),
    learningRate: 0.1,
  };
  const jvps = (extra: Partial<TrainOptions>): number => {
    const counting = countingJvps(model);
    const { status } = train({ ...options, ...extra, model: counting.model });
    if (status !== "completed") throw new Error(status);
    return counting.count;
  };
  const group = "20 training steps, B 128";
  return [
    { group, name: "no limit", size: 10, run: () => train(options) },
    {
      group,
      name: "spread cap",
      size: 10,
      run: () => train({ ...options, limit: radiusCap() }),
      check() {
        const more = jvps({ limit: radiusCap() }) - jvps({});
        if (more > steps) throw new Error(`${more} more JVPs in ${steps} steps`);
      },
    },
    {
      group,
      name: "exact cap",
      size: 10,
      run: () => train({ ...options, limit: radiusCap({ mode: "exact" }) }),
    },
  ];
}
