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

/** Views are kept for the next call of the same shape, so that repeated calls allocate nothing. */
const MOST_VIEWS = 64;
const views = new Map<number, Float64Array>();
let viewed: Float64Array | undefined;

/** doubles[at..at + length) as an array. */
export function scratchView(doubles: Float64Array, at: number, length: number): Float64Array {
  if (viewed !== doubles || views.size >= MOST_VIEWS) {
    views.clear();
    viewed = doubles;
  }
  // Both are below 2^26.
  const key = at * 2 ** 26 + length;
  let found = views.get(key);
  if (found === undefined) {
    found = doubles.subarray(at, at + length);
    views.set(key, found);
  }
  return found;
}

function view(instance: KernelInstance): Scratch & { readonly instance: KernelInstance } {
  return {
    instance,
    kernels: instance.exports,
    doubles: new Float64Array(instance.memory.buffer),
    start: instance.exports.scratchStart() / 8,
  };
}
