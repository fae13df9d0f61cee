import {
  type AnyInvariant,
  type DeclaredPrecision,
  defineInvariant,
  unitRoundoff,
  WorstMeasurement,
} from "@xent/invariants";
import { type Dense, dense } from "@xent/linalg";
import * as fc from "fast-check";
import {
  type CrossEntropyOptions,
  crossEntropy,
  crossEntropyGradient,
  crossEntropyRows,
  type Labels,
} from "../cross-entropy.js";
import { entropy, klDivergence } from "../divergence.js";
import { logSoftmax, softmax } from "../log-sum-exp.js";
import {
  largestLogit,
  logitsOf,
  mildLogitsOf,
  shifts,
  softmaxUnits,
  spread,
} from "./logit-cases.js";

/** Losses and divergences under test. */
export interface CrossEntropySubject extends DeclaredPrecision {
  softmax(this: void, logits: Float64Array): ArrayLike<number>;
  logSoftmax(this: void, logits: Float64Array): ArrayLike<number>;
  crossEntropy(this: void, logits: Dense, labels: Labels, options?: CrossEntropyOptions): number;
  crossEntropyRows(this: void, logits: Dense, labels: Labels): ArrayLike<number>;
  crossEntropyGradient(
    this: void,
    logits: Dense,
    labels: Labels,
    options?: CrossEntropyOptions,
  ): Dense;
  entropy(this: void, logits: Float64Array): number;
  klDivergence(this: void, logitsP: Float64Array, logitsQ: Float64Array): number;
}

/** The implementation of this package. */
export const crossEntropySubject: CrossEntropySubject = {
  softmax: (logits) => softmax(logits),
  logSoftmax: (logits) => logSoftmax(logits),
  crossEntropy,
  crossEntropyRows: (logits, labels) => crossEntropyRows(logits, labels),
  crossEntropyGradient: (logits, labels, options) => crossEntropyGradient(logits, labels, options),
  entropy,
  klDivergence,
};

/** One row of logits. */
function row(z: ArrayLike<number>): Dense {
  return dense(1, z.length, Float64Array.from(z));
}

/** A batch with every option that the loss knows. */
interface Batch {
  readonly logits: Dense;
  readonly labels: number[];
  readonly targets: Dense;
  readonly soft: boolean;
  readonly options: CrossEntropyOptions;
}

const batches: fc.Arbitrary<Batch> = fc
  .record({ rows: fc.integer({ min: 1, max: 5 }), cols: fc.integer({ min: 1, max: 8 }) })
  .chain(({ rows, cols }) => {
    const many = (length: number, entry: fc.Arbitrary<number>): fc.Arbitrary<number[]> =>
      fc.array(entry, { minLength: length, maxLength: length });
    const share = fc.double({ min: 0.125, max: 2, noNaN: true });
    return fc
      .record({
        logits: many(
          rows * cols,
          fc.oneof(fc.double({ min: -9, max: 9, noNaN: true }), fc.constantFrom(0, 1, 300, -300)),
        ),
        masks: many(rows * cols, fc.constantFrom(0, 0, 0, 0, 1)),
        labels: many(rows, fc.nat(cols - 1)),
        targets: many(rows * cols, fc.oneof(share, fc.constant(0))),
        soft: fc.boolean(),
        classWeights: many(cols, share),
        exampleWeights: many(rows, share),
        labelSmoothing: fc.constantFrom(0, 0, 0.1, 1),
        temperature: fc.constantFrom(1, 1, 0.5, 2.5),
        reduction: fc.constantFrom("mean" as const, "sum" as const),
      })
      .map((c) => {
        const logits = dense(rows, cols, Float64Array.from(c.logits));
        const targets = dense(rows, cols, Float64Array.from(c.targets));
        for (let i = 0; i < rows * cols; i++) {
          // The true class of each row is never masked.
          if (c.masks[i] === 0 || i % cols === c.labels[Math.floor(i / cols)]) continue;
          logits.data[i] = -Infinity;
          targets.data[i] = 0;
        }
        const { classWeights, exampleWeights, labelSmoothing, temperature, reduction } = c;
        return {
          logits,
          labels: c.labels,
          targets,
          soft: c.soft,
          options: { classWeights, exampleWeights, labelSmoothing, temperature, reduction },
        };
      });
  });

function labelsOf(batch: Batch): Labels {
  return batch.soft ? batch.targets : batch.labels;
}

/** Sum over rows of weights times targets, an upper bound of the factor of each row's -log p. */
function targetMass(batch: Batch): number {
  const { targets, options, soft, labels } = batch;
  const { cols } = targets;
  const largestWeight = Math.max(...(options.classWeights as number[]));
  let mass = 0;
  for (let i = 0; i < targets.rows; i++) {
    let sum = soft ? 0 : 1;
    if (soft) for (let c = 0; c < cols; c++) sum += targets.data[i * cols + c]!;
    mass += options.exampleWeights![i]! * largestWeight * sum;
  }
  if (options.reduction === "sum") return mass;
  let total = 0;
  for (let i = 0; i < targets.rows; i++) {
    total += options.exampleWeights![i]! * (soft ? 1 : options.classWeights![labels[i]!]!);
  }
  return mass / total;
}

function rowSpread(logits: Dense): number {
  let largest = 0;
  for (let i = 0; i < logits.rows; i++) {
    const finite = logits.data
      .subarray(i * logits.cols, (i + 1) * logits.cols)
      .filter((v) => v > -Infinity);
    largest = Math.max(largest, spread(finite));
  }
  return largest;
}

const losses: readonly AnyInvariant<CrossEntropySubject>[] = [
  defineInvariant<CrossEntropySubject>()({
    id: "softmax-spectral/cross-entropy-is-log-probability",
    statement: "the loss of label y is -logSoftmax(z)_y >= 0, to relative accuracy",
    source: "definition",
    arbitrary: logitsOf(30).chain((z) =>
      fc.record({ z: fc.constant(z), y: fc.nat(z.length - 1), shift: shifts }),
    ),
    measure: ({ z, y, shift }, subject) => {
      const moved = Float64Array.from(z, (v) => v + shift);
      const loss = subject.crossEntropyRows(row(moved), [y])[0]!;
      const want = -subject.logSoftmax(moved)[y]!;
      const worst = new WorstMeasurement();
      worst.add(Math.max(0, -loss), 0);
      // Small losses are sums of small exponentials, each with the relative error of its argument.
      const units = 2 * softmaxUnits(z.length, Math.min(spread(moved), 750));
      worst.add(Math.abs(loss - want), units * unitRoundoff(subject) * want);
      return worst.measurement;
    },
  }),
  defineInvariant<CrossEntropySubject>()({
    id: "softmax-spectral/gradient-rows-sum-to-zero",
    statement: "each row of the gradient sums to zero, masked classes have gradient 0",
    source: "shift invariance",
    arbitrary: batches,
    measure: (batch, subject) => {
      const { logits } = batch;
      const { data } = subject.crossEntropyGradient(logits, labelsOf(batch), batch.options);
      const worst = new WorstMeasurement();
      const n = logits.cols;
      for (let i = 0; i < logits.rows; i++) {
        let sum = 0;
        let size = 0;
        for (let c = 0; c < n; c++) {
          const g = data[i * n + c]!;
          if (logits.data[i * n + c] === -Infinity) worst.add(Math.abs(g), 0);
          sum += g;
          size += Math.abs(g);
        }
        // Entries are sums of n terms of two signs, p_c (T - t_c) and t_c (1 - p_c), each term relatively right;
        // soft targets may cancel against p, so the size that counts is theirs.
        const soft =
          batch.soft || batch.options.labelSmoothing !== 0
            ? (2 * targetMass(batch)) / batch.options.temperature!
            : size;
        worst.add(Math.abs(sum), (4 * n + 10) * unitRoundoff(subject) * soft);
      }
      return worst.measurement;
    },
  }),
  defineInvariant<CrossEntropySubject>()({
    id: "softmax-spectral/gradient-of-cross-entropy",
    statement:
      "d/dh crossEntropy(Z + h V) at 0 is the gradient times V (central differences), with every option",
    source: "docs/theory 1.3; remainder by [G] appendix: |E (X - EX)^3| <= spread^3 / (6 sqrt 3)",
    arbitrary: batches.chain((batch) =>
      fc.record({
        batch: fc.constant(batch),
        direction: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
          minLength: batch.logits.data.length,
          maxLength: batch.logits.data.length,
        }),
      }),
    ),
    measure: ({ batch, direction }, subject) => {
      const u = unitRoundoff(subject);
      const { logits, options } = batch;
      const { rows, cols } = logits;
      const h = 2 ** Math.round(Math.log2(u) / 3);
      const at = (s: number): number =>
        subject.crossEntropy(
          dense(
            rows,
            cols,
            logits.data.map((z, i) => z + s * h * direction[i]!),
          ),
          labelsOf(batch),
          options,
        );
      const gradient = subject.crossEntropyGradient(logits, labelsOf(batch), options);
      const slope = direction.reduce((s, v, i) => s + v * gradient.data[i]!, 0);
      const t = options.temperature!;
      const mass = targetMass(batch);
      // Directions have spread at most 2.
      const remainder = (mass * h ** 2 * (2 / t) ** 3) / (36 * Math.sqrt(3));
      // Rounding of the loss: its size times a sum of rows and classes; of the logits z + h v: at most u |z| / t each.
      const size = 1 + (largestLogit(logits.data) + rowSpread(logits)) / t + Math.log(cols);
      const units = rows + 2 * cols + 20;
      return {
        error: Math.abs((at(1) - at(-1)) / (2 * h) - slope),
        tolerance: remainder + (units * mass * size * u) / h,
      };
    },
  }),
  defineInvariant<CrossEntropySubject>()({
    id: "softmax-spectral/label-smoothing-is-soft-targets",
    statement:
      "label smoothing eps equals soft targets (1 - eps) e_y + eps / C over the classes that are not masked",
    source: "definition",
    arbitrary: fc.record({ batch: batches, smoothing: fc.constantFrom(0, 0.1, 0.5, 1) }),
    measure: ({ batch, smoothing }, subject) => {
      const { logits, labels, options } = batch;
      const { rows, cols } = logits;
      const targets = dense(rows, cols);
      for (let i = 0; i < rows; i++) {
        const start = i * cols;
        const open = logits.data.subarray(start, start + cols).filter((z) => z > -Infinity).length;
        for (let c = 0; c < cols; c++) {
          if (logits.data[start + c]! > -Infinity) targets.data[start + c] = smoothing / open;
        }
        targets.data[start + labels[i]!]! += 1 - smoothing;
      }
      const common = { ...options, reduction: "sum" as const };
      const smoothed = subject.crossEntropy(logits, labels, {
        ...common,
        labelSmoothing: smoothing,
      });
      const soft = subject.crossEntropy(logits, targets, { ...common, labelSmoothing: 0 });
      return {
        error: Math.abs(smoothed - soft),
        // Sums of non-negative terms, whose targets are rounded three times.
        tolerance: (rows + 3 * cols + 20) * unitRoundoff(subject) * soft,
      };
    },
  }),
  defineInvariant<CrossEntropySubject>()({
    id: "softmax-spectral/temperature-divides-logits",
    statement:
      "crossEntropy(Z, temperature T) = crossEntropy(Z / T), and T times its gradient is the gradient at Z / T",
    source: "definition",
    arbitrary: batches,
    measure: (batch, subject) => {
      const { logits, options } = batch;
      const t = options.temperature!;
      const scaled = dense(
        logits.rows,
        logits.cols,
        logits.data.map((z) => z / t),
      );
      const cold = { ...options, temperature: 1 };
      const u = unitRoundoff(subject);
      const mass = targetMass(batch);
      const worst = new WorstMeasurement();
      // z / T is rounded before the largest is subtracted: an error of u |z| / T in each loss.
      const size = 1 + (largestLogit(logits.data) + rowSpread(logits)) / t + Math.log(logits.cols);
      const units = logits.rows + 2 * logits.cols + 20;
      const want = subject.crossEntropy(scaled, labelsOf(batch), cold);
      worst.add(
        Math.abs(subject.crossEntropy(logits, labelsOf(batch), options) - want),
        units * u * mass * size,
      );
      const a = subject.crossEntropyGradient(logits, labelsOf(batch), options);
      const b = subject.crossEntropyGradient(scaled, labelsOf(batch), cold);
      for (let i = 0; i < a.data.length; i++) {
        worst.add(Math.abs(t * a.data[i]! - b.data[i]!), 2 * units * u * mass * size);
      }
      return worst.measurement;
    },
  }),
  defineInvariant<CrossEntropySubject>()({
    id: "softmax-spectral/mean-and-sum",
    statement:
      "the mean is the sum over the total weight, and the sum adds up the examples one by one",
    source: "definition",
    arbitrary: batches,
    measure: (batch, subject) => {
      const { logits, targets, labels, options } = batch;
      const { rows, cols } = logits;
      const whole = { ...options, reduction: "sum" as const };
      const sum = subject.crossEntropy(logits, labelsOf(batch), whole);
      let alone = 0;
      let total = 0;
      for (let i = 0; i < rows; i++) {
        const one = (m: Dense): Dense => dense(1, cols, m.data.slice(i * cols, (i + 1) * cols));
        const weight = options.exampleWeights![i]!;
        alone += subject.crossEntropy(one(logits), batch.soft ? one(targets) : [labels[i]!], {
          ...whole,
          exampleWeights: [weight],
        });
        total += batch.soft ? weight : weight * options.classWeights![labels[i]!]!;
      }
      const mean = subject.crossEntropy(logits, labelsOf(batch), { ...options, reduction: "mean" });
      const worst = new WorstMeasurement();
      const tolerance = (4 * rows + 8) * unitRoundoff(subject);
      worst.add(Math.abs(sum - alone), tolerance * sum);
      worst.add(Math.abs(mean - sum / total), (tolerance * sum) / total);
      return worst.measurement;
    },
  }),
];

const divergences: readonly AnyInvariant<CrossEntropySubject>[] = [
  defineInvariant<CrossEntropySubject>()({
    id: "softmax-spectral/entropy-bounds",
    statement: "0 <= entropy <= log C, log C for equal logits; invariant under shifts",
    source: "definition",
    arbitrary: fc.record({ z: logitsOf(30), shift: shifts }),
    measure: ({ z, shift }, subject) => {
      const h = subject.entropy(Float64Array.from(z));
      const moved = subject.entropy(Float64Array.from(z, (v) => v + shift));
      const n = z.length;
      const u = unitRoundoff(subject);
      const worst = new WorstMeasurement();
      worst.add(Math.max(0, -h), 0);
      worst.add(Math.max(0, h - Math.log(n)), (2 * n + 10) * u * Math.log(n));
      if (z.every((v) => v === z[0]))
        worst.add(Math.abs(h - Math.log(n)), (2 * n + 10) * u * Math.log(n));
      // An error e of every logit moves the entropy by at most 2 e E|log p - mean| <= 2 e (log n + 1).
      const size = largestLogit(z) + Math.abs(shift);
      worst.add(Math.abs(h - moved), (2 * n + 20 + 4 * size) * u * (Math.log(n) + 1));
      return worst.measurement;
    },
  }),
  defineInvariant<CrossEntropySubject>()({
    id: "softmax-spectral/cross-entropy-is-entropy-plus-divergence",
    statement: "sum_c p_c (-log q_c) = entropy(p) + KL(p || q)",
    source: "definition",
    arbitrary: mildLogitsOf(20).chain((a) =>
      fc.record({
        a: fc.constant(a),
        b: fc.array(fc.double({ min: -12, max: 12, noNaN: true }), {
          minLength: a.length,
          maxLength: a.length,
        }),
      }),
    ),
    measure: ({ a, b }, subject) => {
      const [za, zb] = [Float64Array.from(a), Float64Array.from(b)];
      const n = a.length;
      const targets = row(subject.softmax(za));
      const cross = subject.crossEntropy(row(zb), targets, { reduction: "sum" });
      const kl = subject.klDivergence(za, zb);
      return {
        error: Math.abs(cross - subject.entropy(za) - kl),
        // Three sums of terms >= 0, the divergence by one whose terms cancel at most 16-fold.
        tolerance: 40 * softmaxUnits(n, 24) * unitRoundoff(subject) * cross,
      };
    },
  }),
  defineInvariant<CrossEntropySubject>()({
    id: "softmax-spectral/divergence-pinsker",
    statement: "KL(p || q) >= ||p - q||_1^2 / 2 >= 0: zero only where p = q",
    source: "Pinsker's inequality",
    arbitrary: logitsOf(20).chain((a) =>
      fc.record({
        a: fc.constant(a),
        b: fc.array(
          fc.oneof(fc.double({ min: -30, max: 30, noNaN: true }), fc.constantFrom(0, 1e3)),
          {
            minLength: a.length,
            maxLength: a.length,
          },
        ),
      }),
    ),
    measure: ({ a, b }, subject) => {
      const [za, zb] = [Float64Array.from(a), Float64Array.from(b)];
      const p = subject.softmax(za);
      const q = subject.softmax(zb);
      let distance = 0;
      for (let i = 0; i < a.length; i++) distance += Math.abs(p[i]! - q[i]!);
      const kl = subject.klDivergence(za, zb);
      const worst = new WorstMeasurement();
      worst.add(Math.max(0, -kl), 0);
      const below = distance ** 2 / 2 - kl;
      // Each probability carries softmaxUnits: the distance, at most 2, that much twice.
      const units = 4 * softmaxUnits(a.length, largestLogit(a) + largestLogit(b));
      const rounding = units * unitRoundoff(subject);
      worst.add(below <= 0 ? 0 : below, rounding * (distance + rounding));
      return worst.measurement;
    },
  }),
  defineInvariant<CrossEntropySubject>()({
    id: "softmax-spectral/divergence-second-order",
    statement:
      "|KL(p_0 || p_tau) - tau^2 Var(v) / 2| <= tau^3 spread(v)^3 / (36 sqrt 3), p_tau = softmax(z + tau v)",
    source: "[G] appendix; docs/theory 3.6",
    arbitrary: fc
      .array(
        fc.record({
          z: fc.double({ min: -8, max: 8, noNaN: true }),
          v: fc.integer({ min: -64, max: 64 }),
        }),
        { minLength: 1, maxLength: 20 },
      )
      .chain((entries) =>
        fc.record({ entries: fc.constant(entries), exponent: fc.integer({ min: -40, max: -6 }) }),
      ),
    measure: ({ entries, exponent }, subject) => {
      const u = unitRoundoff(subject);
      const tau = 2 ** exponent;
      const z = Float64Array.from(entries, (e) => e.z);
      const moved = Float64Array.from(entries, (e) => e.z + tau * e.v);
      // What was really added, after rounding.
      const v = moved.map((x, i) => (x - z[i]!) / tau);
      const p = subject.softmax(z);
      const mean = v.reduce((s, x, i) => s + p[i]! * x, 0);
      const variance = v.reduce((s, x, i) => s + p[i]! * (x - mean) ** 2, 0);
      const kl = subject.klDivergence(z, moved);
      const want = (tau ** 2 * variance) / 2;
      // Rounding moves the difference of two logits by du, KL by du sqrt(2 KL) + du^2.
      const du = 4 * u * 16;
      return {
        error: Math.abs(kl - want),
        tolerance:
          (tau * spread(v)) ** 3 / (36 * Math.sqrt(3)) +
          4 * softmaxUnits(z.length, 16) * u * want +
          2 * du * Math.sqrt(2 * want) +
          du ** 2,
      };
    },
  }),
];

/** Cross-entropy, entropy and divergence. */
export function crossEntropyInvariants(): AnyInvariant<CrossEntropySubject>[] {
  return [...losses, ...divergences];
}
