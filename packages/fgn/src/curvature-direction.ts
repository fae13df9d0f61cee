import { type Dense, DomainError, requireInteger, requireLength } from "@xent/linalg";
import type { Direction, StepLimit, TrainingPoint } from "@xent/models";
import { type Damping, type DampingControl, dampingControl } from "./damping.js";
import type { CurvatureStep } from "./fgn-step.js";
import { given } from "./given.js";
import { actualDecrease, dataLoss, predictedDecrease, trustRatio } from "./objective.js";
import type { StepOptions } from "./step-problem.js";

/** Options of {@link fgnDirection} and {@link ggnDirection}. */
export interface CurvatureDirectionOptions
  extends Pick<StepOptions, "weightDecay" | "labelSmoothing" | "tolerance" | "maxIterations"> {
  readonly damping: Damping;
  /** beta in [0, 1): each proposal is the step plus beta times the proposal before it. Default 0. */
  readonly momentum?: number;
  /**
   * Start `parameter-cg` from the solution of the previous step; other solvers cannot (`auto` then is
   * `parameter-cg`). Default false.
   */
  readonly warmStart?: boolean;
  /** Weight of each class, length C, >= 0: an example weighs as its class. Default: all equal. */
  readonly classWeights?: ArrayLike<number>;
  /**
   * Weight of each example of the minibatch, length B, >= 0, times its class weight; 0 ignores it. `point.examples` says
   * which examples they are. Default: all equal.
   */
  readonly exampleWeights?: (point: TrainingPoint) => ArrayLike<number>;
  /**
   * Soft targets of the minibatch, B x C, rows >= 0 that sum to one; as `targets` of {@link fgnStep}. The labels of the
   * point then only choose the pivots. Default: one-hot.
   */
  readonly targets?: (point: TrainingPoint) => Dense;
  /**
   * For the trust ratio: logits of the point's own minibatch at other parameters. Default: `logitsAt` of
   * the point, which the loop of `@xent/training` provides.
   */
  readonly logitsAt?: (parameters: Float64Array, point: TrainingPoint) => Dense;
  /** For the trust ratio: the limit that the loop applies, so that the step judged is the step taken. */
  readonly limit?: StepLimit;
  /** Told of every solve, also of rejected ones. */
  readonly onSolve?: (report: SolveReport) => void;
}

/** What {@link CurvatureDirectionOptions.onSolve} is told. */
export interface SolveReport {
  /** Number of the proposal, from 0. */
  readonly step: number;
  readonly damping: number;
  readonly result: CurvatureStep<string>;
  /** Actual over predicted decrease; undefined unless the damping is a trust ratio. */
  readonly trustRatio: number | undefined;
  /** False when the trust ratio rejected the step. */
  readonly accepted: boolean;
}

/** Solves for the step of one point. */
export type PointSolver = (point: TrainingPoint, options: StepOptions) => CurvatureStep<string>;

/** What a direction keeps between steps, as plain JSON data. */
export interface CurvatureDirectionState {
  readonly steps: number;
  /** lambda of a trust ratio, else null. */
  readonly damping: number | null;
  /** The last proposal, when there is momentum. */
  readonly velocity: readonly number[] | null;
  /** The last solution, when there is a warm start. */
  readonly solution: readonly number[] | null;
}

/** A training direction around a step solver: damping rule, momentum, warm start, serialisable state. */
export function curvatureDirection(
  name: string,
  options: CurvatureDirectionOptions,
  solve: PointSolver,
): Direction {
  const { momentum = 0, warmStart = false } = options;
  if (!(momentum >= 0 && momentum < 1)) {
    throw new DomainError(`momentum = ${momentum}, expected a number in [0, 1)`);
  }
  const control = dampingControl(options.damping);
  let steps = 0;
  let velocity: Float64Array | undefined;
  let solution: Float64Array | undefined;
  return {
    name,
    propose(point) {
      const found = acceptedStep(point, options, control, solve, steps, solution);
      steps++;
      if (found === undefined) {
        velocity = undefined;
        return new Float64Array(point.parameters.length);
      }
      if (warmStart) solution = found.slice();
      if (momentum === 0) return found;
      const proposal = found;
      if (velocity !== undefined) {
        requireLength("parameters", proposal, velocity.length);
        for (let k = 0; k < proposal.length; k++) proposal[k]! += momentum * velocity[k]!;
      }
      velocity = proposal.slice();
      return proposal;
    },
    save: (): CurvatureDirectionState => ({
      steps,
      damping: control.save(),
      velocity: numbers(velocity),
      solution: numbers(solution),
    }),
    restore(state) {
      if (typeof state !== "object" || state === null) {
        throw new DomainError("state is not an object");
      }
      const saved = state as Record<string, unknown>;
      requireInteger("state.steps", saved["steps"] as number, 0);
      const nextVelocity = vector("state.velocity", saved["velocity"]);
      const nextSolution = vector("state.solution", saved["solution"]);
      control.restore(saved["damping"]);
      steps = saved["steps"] as number;
      velocity = nextVelocity;
      solution = nextSolution;
    },
  };
}

/** The first solution that the damping rule lets stand; undefined when it rejects them all. */
function acceptedStep(
  point: TrainingPoint,
  options: CurvatureDirectionOptions,
  control: DampingControl,
  solve: PointSolver,
  step: number,
  solution: Float64Array | undefined,
): Float64Array | undefined {
  const problem = pointOptions(point, options, solution);
  for (let attempt = 0; attempt <= control.retries; attempt++) {
    const damping = control.value(step);
    const result = solve(point, { ...problem, damping });
    const ratio = control.adaptive ? judge(point, options, problem, result) : undefined;
    const accepted = ratio === undefined || control.judge(ratio);
    options.onSolve?.({ step, damping, result, trustRatio: ratio, accepted });
    if (accepted) return result.step;
  }
  return undefined;
}

function pointOptions(
  point: TrainingPoint,
  options: CurvatureDirectionOptions,
  solution: Float64Array | undefined,
): Omit<StepOptions, "damping"> {
  const { weightDecay, labelSmoothing, tolerance, maxIterations } = options;
  return {
    parameters: point.parameters,
    ...given({
      weightDecay,
      labelSmoothing,
      tolerance,
      maxIterations,
      initialStep: solution,
      exampleWeights: pointWeights(point, options),
      targets: options.targets?.(point),
    }),
  };
}

/** Weight of each example times that of its class; undefined when neither is given. */
function pointWeights(
  point: TrainingPoint,
  { classWeights, exampleWeights }: CurvatureDirectionOptions,
): ArrayLike<number> | undefined {
  const own = exampleWeights?.(point);
  if (own !== undefined) requireLength("exampleWeights", own, point.labels.length);
  if (classWeights === undefined) return own;
  requireLength("classWeights", classWeights, point.linearization.logits.cols);
  return Float64Array.from(point.labels, (y, i) => classWeights[y]! * (own?.[i] ?? 1));
}

/** rho of the step as the limit would let it be taken. One forward pass. */
function judge(
  point: TrainingPoint,
  options: CurvatureDirectionOptions,
  problem: Omit<StepOptions, "damping">,
  result: CurvatureStep<string>,
): number {
  const logitsAt = options.logitsAt ?? point.logitsAt;
  if (logitsAt === undefined) {
    throw new DomainError(
      "a trust ratio needs the loss of the same minibatch after the step: pass options.logitsAt, or points with logitsAt",
    );
  }
  const { step } = result;
  const scale = options.limit?.limit(step, point.linearization).scale ?? 1;
  const judged = { ...result, scale };
  const before = point.linearization.logits;
  let actual: number;
  try {
    const after = logitsAt(
      point.parameters.map((p, k) => p + scale * step[k]!),
      point,
    );
    actual = actualDecrease(before, after, point.labels, judged, problem);
  } catch (error) {
    // The arguments were checked before: beyond them only overflow is left to complain about.
    if (error instanceof DomainError) return -Infinity;
    throw error;
  }
  const loss = dataLoss(before, point.labels, problem);
  return trustRatio(actual, predictedDecrease(judged, problem), loss);
}

/** JSON has no -0; adding 0 drops the sign, which no sum of the next step could show but in a zero. */
function numbers(values: Float64Array | undefined): number[] | null {
  return values === undefined ? null : Array.from(values, (v) => v + 0);
}

function vector(name: string, values: unknown): Float64Array | undefined {
  if (values === null) return undefined;
  if (!Array.isArray(values) || !values.every((v) => Number.isFinite(v))) {
    throw new DomainError(`${name} is not an array of finite numbers`);
  }
  return Float64Array.from(values as number[]);
}
