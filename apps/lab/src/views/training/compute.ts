import {
  CLASS_COUNT,
  type Digits,
  imageOf,
  PIXEL_COUNT,
  selectDigits,
  splitDigits,
} from "@xent/app-kit/digits";
import { fgnDirection, ggnDirection } from "@xent/fgn";
import { norm2 } from "@xent/linalg";
import {
  type Direction,
  type Linearization,
  linearHead,
  mlp,
  type ParametricModel,
  type StepLimit,
} from "@xent/models";
import {
  dominanceRadius,
  nearestGhost,
  provenRadius,
  radiusCap,
  spreadRadius,
} from "@xent/taylor-radius";
import {
  accuracy,
  adamDirection,
  gradientDirection,
  momentumDirection,
  noLimit,
  normClip,
  type StepRecord,
  type TrainingCheckpoint,
  train,
} from "@xent/training";
import {
  type Cap,
  capAt,
  type DirectionName,
  type ModelName,
  type TrainingState,
} from "./state.js";

const HIDDEN = 32;
const DAMPING = 1e-3;
/** A run can be taken back to these steps, and to the one before the spike. */
const CHECKPOINT_EVERY = 10;

/** The sample that would leave its disk first, along the step proposed. */
export interface Bottleneck {
  /** Row of the training set. */
  readonly row: number;
  readonly label: number;
  readonly pixels: Float64Array;
  readonly spread: number;
  readonly dominance: number;
  readonly proven: number;
  readonly exact: number;
}

/** What one step did. */
export interface StepRow {
  /** Number of the step, from 0. */
  readonly step: number;
  /** Of the minibatch before the step. */
  readonly loss: number;
  /** Of the test set after the step, in 0..1. */
  readonly testAccuracy: number;
  /** Length of the step as the optimiser proposed it. */
  readonly proposed: number;
  /** Length of the step taken. */
  readonly taken: number;
  /** Smallest pi / Delta of the minibatch along the step. */
  readonly radius: number;
  readonly bottleneck: Bottleneck | undefined;
}

export interface Progress {
  readonly rows: readonly StepRow[];
  readonly status: "running" | "diverged";
  readonly reason: string;
  readonly step: number;
}

function modelOf(name: ModelName): ParametricModel {
  return name === "head"
    ? linearHead({ featureCount: PIXEL_COUNT, classCount: CLASS_COUNT })
    : mlp({ widths: [PIXEL_COUNT, HIDDEN, CLASS_COUNT], activation: "relu" });
}

function directionOf(name: DirectionName): Direction {
  switch (name) {
    case "gradient":
      return gradientDirection();
    case "momentum":
      return momentumDirection();
    case "adam":
      return adamDirection();
    case "fgn":
      return fgnDirection({ damping: DAMPING });
    case "ggn":
      return ggnDirection({ damping: DAMPING, tolerance: 1e-4 });
  }
}

function limitOf({ name, target }: Cap): StepLimit {
  if (name === "none") return noLimit();
  return name === "clip" ? normClip({ maxNorm: target }) : radiusCap({ mode: name, target });
}

/** One training run on the digits that can be paused, and taken back. */
export interface Trainer {
  readonly step: number;
  /** Trains on to step `end`, or until `deadline` says so. */
  advance(state: TrainingState, end: number, deadline?: () => boolean): Progress;
  /** Goes back to the last step kept at or before `step`, and returns it. */
  rewind(step: number): number;
}

export function startTrainer(digits: Digits, first: TrainingState): Trainer {
  const { train: data, test } = splitDigits(digits, first.seed);
  const model = modelOf(first.model);
  const parameters = model.initialize(first.seed);
  const kept = new Map<number, TrainingCheckpoint>();
  const probe = radiusCap({ mode: "spread" });
  let checkpoint: TrainingCheckpoint | undefined;
  let batch = new Int32Array();

  const look = (step: Float64Array, linearization: Linearization) => {
    const { radius, bottleneck } = probe.limit(step, linearization);
    if (bottleneck === undefined) return { radius, bottleneck: undefined };
    const size = norm2(step);
    const { logits, jvp } = {
      logits: linearization.logits,
      jvp: linearization.jvp(step.map((x) => x / size)),
    };
    const at = [bottleneck * CLASS_COUNT, (bottleneck + 1) * CLASS_COUNT] as const;
    const z = logits.data.subarray(...at);
    const a = jvp.data.subarray(...at);
    const row = batch[bottleneck]!;
    return {
      radius,
      bottleneck: {
        row,
        label: data.labels[row]!,
        pixels: imageOf(data, row).slice(),
        spread: spreadRadius(a),
        dominance: dominanceRadius(z, a),
        proven: provenRadius(z, a),
        exact: nearestGhost(z, a).radius,
      },
    };
  };

  return {
    get step() {
      return checkpoint?.step ?? 0;
    },
    rewind(step) {
      const target = Math.max(0, ...[...kept.keys()].filter((s) => s <= step));
      for (const s of kept.keys()) if (s > target) kept.delete(s);
      checkpoint = kept.get(target);
      return target;
    },
    advance(state, end, deadline = () => false) {
      const rows: StepRow[] = [];
      let proposed = 0;
      let seen: ReturnType<typeof look> | undefined;
      const step = checkpoint?.step ?? 0;
      // Up to where the cap changes in one go; the caller comes back for the rest.
      const stop = step < state.switchAt ? Math.min(end, state.switchAt) : end;
      const inner = limitOf(capAt(state, step));
      let status: "running" | "diverged" = "running";
      let reason = "";
      try {
        const result = train({
          model,
          parameters,
          features: (indices) => {
            batch = indices.slice();
            return selectDigits(data, indices).features;
          },
          labels: data.labels,
          batchSize: Math.min(state.batch, data.labels.length),
          steps: stop,
          seed: state.seed,
          direction: directionOf(state.direction),
          learningRate: (n) =>
            n >= state.spikeAt && n < state.spikeAt + state.spikeLength
              ? state.rate * state.spike
              : state.rate,
          limit: {
            // One name for all caps: a run that was taken back goes on under another.
            name: "lab",
            limit(update, linearization) {
              proposed = norm2(update);
              seen = look(update, linearization);
              return inner.limit(update, linearization);
            },
          },
          onStep(record: StepRecord, now) {
            rows.push({
              step: record.step,
              loss: record.loss,
              testAccuracy: accuracy(model.logits(now.parameters, test.features), test.labels),
              proposed,
              taken: record.stepNorm,
              radius: seen?.radius ?? Infinity,
              bottleneck: seen?.bottleneck,
            });
            const done = record.step + 1;
            if (done % CHECKPOINT_EVERY === 0 || done === state.spikeAt) kept.set(done, now.save());
          },
          stopWhen: deadline,
          ...(checkpoint && { resume: checkpoint }),
        });
        checkpoint = result.checkpoint;
        if (result.status === "diverged") {
          status = "diverged";
          reason = result.reason ?? "the numbers overflowed";
        }
      } catch (error) {
        // A radius cannot be measured where the slopes overflow: that is divergence too.
        if (rows.length === 0 && step === 0) throw error;
        status = "diverged";
        reason = error instanceof Error ? error.message : String(error);
      }
      return { rows, status, reason, step: checkpoint?.step ?? 0 };
    },
  };
}
