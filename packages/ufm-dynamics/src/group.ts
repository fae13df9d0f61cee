import { DomainError, requireFinite, requireInteger, requireLength } from "@xent/linalg";

/** Largest group order that is accepted: index tables of one 32-bit entry per element. */
const LARGEST_ORDER = 2 ** 24;

/**
 * A finite abelian group Z_n1 x ... x Z_nr, its elements and its characters both in row-major order
 * of their index tuples (first factor slowest), so that index 0 is the neutral element and the
 * trivial character.
 */
export class Group {
  /** Orders of the cyclic factors. */
  readonly factors: readonly number[];
  readonly order: number;
  /** Whether every factor is Z_2: then every symbol is even and transforms are Walsh-Hadamard. */
  readonly isXor: boolean;

  constructor(factors: readonly number[]) {
    if (factors.length === 0) throw new DomainError("group = [], expected at least one factor");
    let order = 1;
    for (const [i, n] of factors.entries()) {
      requireInteger(`group[${i}]`, n, 2, LARGEST_ORDER);
      order *= n;
      requireInteger("order of the group", order, 2, LARGEST_ORDER);
    }
    this.factors = [...factors];
    this.order = order;
    this.isXor = factors.every((n) => n === 2);
  }

  /** Index of -g. */
  negate(g: number): number {
    return this.add(0, g, -1);
  }

  /** Index of g + sign * h. O(r). */
  add(g: number, h: number, sign: 1 | -1 = 1): number {
    if (this.isXor) return g ^ h;
    let out = 0;
    let stride = 1;
    for (let i = this.factors.length - 1; i >= 0; i--) {
      const n = this.factors[i]!;
      const a = g % n;
      const b = h % n;
      out += stride * ((a + sign * b + n) % n);
      g = (g - a) / n;
      h = (h - b) / n;
      stride *= n;
    }
    return out;
  }

  /** Real part of the character `c` at the element `g`: cos(2 pi sum_i c_i g_i / n_i). */
  cosine(c: number, g: number): number {
    let phase = 0;
    for (let i = this.factors.length - 1; i >= 0; i--) {
      const n = this.factors[i]!;
      const a = c % n;
      const b = g % n;
      phase += ((a * b) % n) / n;
      c = (c - a) / n;
      g = (g - b) / n;
    }
    return Math.cos(2 * Math.PI * phase);
  }

  /**
   * Copies `spectrum` after checking that it is finite, has one entry a mode and is even: modes c
   * and -c share a real basis of characters, so they must have the same value.
   *
   * @throws DimensionError, DomainError naming the first pair that differs by more than rounding.
   */
  requireEven(name: string, spectrum: ArrayLike<number>): Float64Array {
    requireLength(name, spectrum, this.order);
    requireFinite(name, spectrum);
    const out = Float64Array.from(spectrum);
    if (this.isXor) return out;
    for (let c = 1; c < this.order; c++) {
      const d = this.negate(c);
      if (d <= c) continue;
      const a = spectrum[c]!;
      const b = spectrum[d]!;
      if (Math.abs(a - b) > 1e-12 * Math.max(Math.abs(a), Math.abs(b))) {
        throw new DomainError(
          `${name}[${c}] = ${a} and ${name}[${d}] = ${b} belong to conjugate characters and must be equal`,
        );
      }
      out[c] = (a + b) / 2;
      out[d] = out[c]!;
    }
    return out;
  }
}
