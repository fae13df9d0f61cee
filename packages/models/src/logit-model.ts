import type { Dense, SeededRandom } from "@xent/linalg";
import type { ParameterLayout } from "./parameter-layout.js";

/**
 * A model that maps parameters (one flat vector of length P) and a batch (B examples) to logits.
 * Values and both derivatives are exact up to rounding, in float64.
 */
export interface LogitModel<Batch = Dense> {
  readonly parameterCount: number;
  readonly classCount: number;
  /** Logits, B x C. */
  logits(parameters: Float64Array, batch: Batch): Dense;
  /** Logits with their derivatives at `parameters`. Cost of one forward pass. */
  linearize(parameters: Float64Array, batch: Batch): Linearization;
}

/** A {@link LogitModel} that knows where its parameters lie and how to start them. */
export interface ParametricModel<Batch = Dense> extends LogitModel<Batch> {
  readonly layout: ParameterLayout;
  /** A random start, length P; the same seed gives the same numbers. */
  initialize(seed: number | SeededRandom): Float64Array;
  /** The blocks of `parameters` (length P) by name, sharing its memory. */
  views(parameters: Float64Array): Record<string, Dense>;
}

/**
 * The first-order behaviour of the logits at one point. It keeps what it needs of the forward pass;
 * later changes of the parameter vector or the batch do not reach it.
 */
export interface Linearization {
  /** Logits at the point, B x C. */
  readonly logits: Dense;
  /** P. */
  readonly parameterCount: number;
  /** J v: derivative of the logits along `v` (length P), B x C. `out` is B x C. */
  jvp(v: Float64Array, out?: Dense): Dense;
  /** J^T U: sum over the batch of J_i^T u_i, for cotangents `u` (B x C); length P. */
  vjp(u: Dense, out?: Float64Array): Float64Array;
  /**
   * Gram matrix of per-example gradients, B x B: `G_ij = <J_i^T u_i, J_j^T u_j>` where `u_i` is row i
   * of `u` (B x C). Present where the structure of the model gives it in closed form without
   * forming the B x P rows, e.g. `(X X^T) o (U U^T)` for a linear head.
   */
  rowGram?(u: Dense, out?: Dense): Dense;
  /**
   * Per-example gradients as rows, B x P: row i is `J_i^T u_i`. Present where they cost O(B P) in all,
   * about one reverse pass, instead of a reverse pass each.
   */
  gradientRows?(u: Dense, out?: Dense): Dense;
  /**
   * Squared lengths of the per-example gradients, length B: entry i is `||J_i^T u_i||^2`, the diagonal of
   * {@link Linearization.rowGram}. Present where they cost no more than a reverse pass.
   */
  gradientSquares?(u: Dense, out?: Float64Array): Float64Array;
  /**
   * Second derivative of the logits along `v`: d^2/dt^2 of z(theta + t v) at t = 0, B x C. Exact for
   * smooth activations; at ReLU it is that of the linear piece which the point lies in.
   */
  second?(v: Float64Array, out?: Dense): Dense;
  /** What enters each activation, and its derivative along `v`; empty for a model without any. */
  preActivations?(v: Float64Array): PreActivations[];
}

/** The arguments of one layer of activations at the point, and how they move. */
export interface PreActivations {
  /** 1 for the first hidden layer. */
  readonly layer: number;
  /** B x width: the arguments of the activation (after the layer norm, where there is one). */
  readonly values: Dense;
  /** B x width: their derivative along `v`. */
  readonly slopes: Dense;
}
