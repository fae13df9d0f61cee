import type { DeclaredPrecision } from "@xent/invariants";
import {
  type DenseDescentOptions,
  type DenseDescentResult,
  type DenseFlowOptions,
  type DenseFlowResult,
  type DenseProblem,
  type DenseVectorField,
  denseGradientDescent,
  denseVectorField,
  integrateDenseFlow,
  integrateSpectralFlow,
  type SpectralDescentOptions,
  type SpectralDescentResult,
  type SpectralFlowOptions,
  type SpectralFlowResult,
  type SpectralProblem,
  type SpectralVectorField,
  type SpectralVectorFieldOptions,
  spectralGradientDescent,
  spectralVectorField,
  symmetricStrength,
} from "../index.js";

/** What is measured: pass your own implementation to check it. */
export interface UfmDynamicsSubject extends DeclaredPrecision {
  integrateSpectralFlow(this: void, options: SpectralFlowOptions): SpectralFlowResult;
  integrateDenseFlow(this: void, options: DenseFlowOptions): DenseFlowResult;
  spectralGradientDescent(this: void, options: SpectralDescentOptions): SpectralDescentResult;
  denseGradientDescent(this: void, options: DenseDescentOptions): DenseDescentResult;
  spectralVectorField(
    this: void,
    problem: SpectralProblem,
    options?: SpectralVectorFieldOptions,
  ): SpectralVectorField;
  denseVectorField(this: void, problem: DenseProblem): DenseVectorField;
  symmetricStrength(this: void, classCount: number, start: number, time: number): number;
}

/** The implementation of this package. */
export const ufmDynamicsSubject: UfmDynamicsSubject = {
  integrateSpectralFlow,
  integrateDenseFlow,
  spectralGradientDescent,
  denseGradientDescent,
  spectralVectorField,
  denseVectorField,
  symmetricStrength,
};
