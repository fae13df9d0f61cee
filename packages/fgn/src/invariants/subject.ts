import type { DeclaredPrecision } from "@xent/invariants";
import type { Dense, LinearOperator } from "@xent/linalg";
import type { Direction, Linearization } from "@xent/models";
import {
  type CurvatureKind,
  type CurvatureOptions,
  type CurvatureTraces,
  curvatureDiagonal,
  curvatureTraces,
  empiricalFisherOperator,
  type FgnDirectionOptions,
  type FgnOperatorOptions,
  type FgnStep,
  type FgnStepOptions,
  fgnDirection,
  fgnOperator,
  fgnStep,
  type GgnStep,
  type GgnStepOptions,
  ggnOperator,
  ggnStep,
  type MarginSplit,
  trueVsRest,
  withinOperator,
} from "../index.js";

type Labels = ArrayLike<number>;

/** What is measured: pass your own implementation to check it. */
export interface FgnSubject extends DeclaredPrecision {
  trueVsRest(this: void, logits: Dense, labels: Labels): MarginSplit;
  fgnOperator(
    this: void,
    linearization: Linearization,
    labels: Labels,
    options?: FgnOperatorOptions,
  ): LinearOperator;
  ggnOperator(
    this: void,
    linearization: Linearization,
    labels: Labels,
    options?: CurvatureOptions,
  ): LinearOperator;
  withinOperator(
    this: void,
    linearization: Linearization,
    labels: Labels,
    options?: CurvatureOptions,
  ): LinearOperator;
  empiricalFisherOperator(
    this: void,
    linearization: Linearization,
    labels: Labels,
    options?: CurvatureOptions,
  ): LinearOperator;
  curvatureTraces(
    this: void,
    linearization: Linearization,
    labels: Labels,
    options?: CurvatureOptions,
  ): CurvatureTraces;
  curvatureDiagonal(
    this: void,
    linearization: Linearization,
    labels: Labels,
    kind: CurvatureKind,
    options?: CurvatureOptions,
  ): Float64Array;
  fgnStep(
    this: void,
    linearization: Linearization,
    labels: Labels,
    options: FgnStepOptions,
  ): Pick<FgnStep, "step" | "slope" | "curvature">;
  ggnStep(
    this: void,
    linearization: Linearization,
    labels: Labels,
    options: GgnStepOptions,
  ): Pick<GgnStep, "step" | "slope" | "curvature">;
  fgnDirection(this: void, options: FgnDirectionOptions): Direction;
}

/** The implementation of this package. */
export const fgnSubject: FgnSubject = {
  trueVsRest,
  fgnOperator,
  ggnOperator,
  withinOperator,
  empiricalFisherOperator,
  curvatureTraces,
  curvatureDiagonal,
  fgnStep,
  ggnStep,
  fgnDirection,
};
