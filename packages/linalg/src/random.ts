import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus, xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import { requireInteger } from "./validate.js";

/**
 * Seeded source of random numbers (xoroshiro128+ of `pure-rand`): the only randomness in the xent
 * packages. Equal seeds give equal streams on every platform, up to the rounding of `Math.log` and
 * `Math.cos` in {@link SeededRandom.normal}.
 */
export class SeededRandom {
  readonly #generator: ReturnType<typeof xoroshiro128plus>;
  #spareNormal: number | undefined;

  /**
   * @param seed - an integer that fits in 32 bits (signed or unsigned), or the array that
   *   {@link SeededRandom.save} returned, to continue exactly there.
   */
  constructor(seed: number | readonly number[]) {
    if (typeof seed === "number") {
      requireInteger("seed", seed, -0x80000000, 0xffffffff);
      this.#generator = xoroshiro128plus(seed | 0);
    } else {
      this.#generator = xoroshiro128plusFromState(seed.slice(0, 4));
      this.#spareNormal = seed[4];
    }
  }

  /** Uniform in [0, 1), a multiple of 2^-53. */
  uniform(): number {
    return uniformFloat64(this.#generator);
  }

  /** Standard normal (Box-Muller). */
  normal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal;
      this.#spareNormal = undefined;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** `length` standard normals, each times `scale`. */
  normals(length: number, scale = 1): Float64Array {
    const out = new Float64Array(length);
    for (let i = 0; i < length; i++) out[i] = scale * this.normal();
    return out;
  }

  /** Uniform integer in 0..bound-1. */
  integer(bound: number): number {
    requireInteger("bound", bound, 1);
    return uniformInt(this.#generator, 0, bound - 1);
  }

  /** A uniformly random permutation of 0..length-1 (Fisher-Yates). */
  permutation(length: number): Int32Array {
    const out = Int32Array.from({ length }, (_, i) => i);
    for (let i = length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const t = out[i]!;
      out[i] = out[j]!;
      out[j] = t;
    }
    return out;
  }

  /** The state as plain numbers, safe for JSON; give it to the constructor to continue. */
  save(): number[] {
    const state = [...this.#generator.getState()];
    if (this.#spareNormal !== undefined) state.push(this.#spareNormal);
    return state;
  }
}
