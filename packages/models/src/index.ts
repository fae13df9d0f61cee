/**
 * Differentiable logit models with exact forward and reverse derivatives.
 *
 * @packageDocumentation
 */
export * from "./logit-model.js";
export * from "./training-interfaces.js";
