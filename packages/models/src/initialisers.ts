import type { BlockStart } from "./parameter-layout.js";

/**
 * Glorot and Bengio 2010: normal with variance 2 / (inputs + outputs), which keeps the variance of
 * signals and of gradients near 1 at once where the activation has slope 1 at 0 (tanh, linear).
 */
export function glorotNormal(inputs: number, outputs: number): BlockStart {
  return { kind: "normal", deviation: Math.sqrt(2 / (inputs + outputs)) };
}

/**
 * He et al. 2015: normal with variance 2 / inputs, which makes up for an activation that halves the
 * second moment (ReLU, and nearly SiLU and GELU).
 */
export function heNormal(inputs: number): BlockStart {
  return { kind: "normal", deviation: Math.sqrt(2 / inputs) };
}

/** Every entry `value`: 0 for biases, 1 for the gains of a layer norm. */
export function constantStart(value: number): BlockStart {
  return { kind: "constant", value };
}
