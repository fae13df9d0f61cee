import { fixedInstance } from "./compiled.js";
import type { KernelExports } from "./kernel-exports.js";
import { PAGE_BYTES } from "./webassembly.js";

/** Arrays on which the kernels work in place. */
export interface KernelArena {
  /** Doubles that it can still give. */
  readonly free: number;
  /**
   * A new Float64Array of zeros. It stays valid as long as anyone holds it; there is no way to give it back alone.
   *
   * @throws RangeError when fewer than `length` doubles are free.
   */
  array(length: number): Float64Array;
}

// Buffers that are the memory of an instance. An arena lives as long as one of its arrays.
const owners = new WeakMap<object, KernelExports>();
let anyArena = false;

/** Cache lines: arrays start at multiples of 64 bytes. */
const ALIGNMENT = 8;

/**
 * Memory for arrays on which the kernels work without copying them in and out, e.g. the state of a long
 * integration. Where the kernels cannot run it gives ordinary arrays, which behave the same.
 *
 * An engine gives out a limited number of WebAssembly memories (about a hundred in browsers): make one arena for many arrays.
 *
 * @param capacity - doubles in total, each array rounded up to a multiple of 8.
 * @throws RangeError unless `capacity` is an integer in 1..2^28.
 */
export function createKernelArena(capacity: number): KernelArena {
  if (!(Number.isInteger(capacity) && capacity >= 1 && capacity <= 2 ** 28)) {
    throw new RangeError(`capacity is ${capacity}, expected an integer from 1 to 2^28`);
  }
  const rounded = Math.ceil(capacity / ALIGNMENT) * ALIGNMENT;
  // 16 pages hold what the kernels need for themselves.
  const instance = fixedInstance(16 + Math.ceil((rounded * 8) / PAGE_BYTES));
  if (instance !== undefined) {
    owners.set(instance.memory.buffer, instance.exports);
    anyArena = true;
  }
  let used = 0;
  return {
    get free() {
      return rounded - used;
    },
    array(length) {
      if (!(Number.isInteger(length) && length >= 0 && length <= rounded - used)) {
        throw new RangeError(`length is ${length}, expected 0 to ${rounded - used} free doubles`);
      }
      const at = used;
      used += Math.ceil(length / ALIGNMENT) * ALIGNMENT;
      return instance === undefined
        ? new Float64Array(length)
        : new Float64Array(
            instance.memory.buffer,
            instance.exports.scratchStart() + 8 * at,
            length,
          );
    },
  };
}

/** The kernels that can work on `data` where it lies, if any. */
export function kernelsIn(data: Float64Array): KernelExports | undefined {
  return anyArena ? owners.get(data.buffer) : undefined;
}
