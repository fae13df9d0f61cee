import { compiledKernels, type KernelInstance } from "./compiled.js";
import type { KernelExports } from "./kernel-exports.js";
import { PAGE_BYTES } from "./webassembly.js";

/** Memory of the kernels that holds copies of what they work on. */
export interface Scratch {
  readonly kernels: KernelExports;
  /** All of the memory. Valid until the next call of {@link scratch}. */
  readonly doubles: Float64Array;
  /** Index of the first free double. */
  readonly start: number;
}

let current: (Scratch & { readonly instance: KernelInstance }) | undefined;

/**
 * Space for `count` doubles from index `start` on. It is the same space for every call: a kernel calls nobody, so it
 * is never used twice at a time. Call it only after `takesSimd` said yes.
 */
export function scratch(count: number): Scratch {
  const compiled = compiledKernels();
  if (!("module" in compiled)) throw new Error(compiled.reason);
  const { shared } = compiled;
  if (current?.instance !== shared) current = view(shared);
  const missing = (current.start + count) * 8 - shared.memory.buffer.byteLength;
  if (missing > 0) {
    shared.memory.grow(Math.ceil(missing / PAGE_BYTES));
    current = view(shared);
  }
  return current;
}

function view(instance: KernelInstance): Scratch & { readonly instance: KernelInstance } {
  return {
    instance,
    kernels: instance.exports,
    doubles: new Float64Array(instance.memory.buffer),
    start: instance.exports.scratchStart() / 8,
  };
}
