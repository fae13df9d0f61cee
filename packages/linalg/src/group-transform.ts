import { type FourierAxis, type FourierScratch, planFourierAxis } from "./fourier-axis.js";
import { requireInteger, requireLength, requireNoOverlap } from "./validate.js";
import { walshHadamard, walshLevels } from "./walsh-hadamard.js";

/**
 * Transforms on a finite abelian group G = Z_n1 x ... x Z_nr, planned once. Elements and characters
 * are numbered in row-major order, first factor slowest: (g1, ..., gr) has index
 * ((g1 n2 + g2) n3 + g3) ...; chi_c(g) = exp(2 pi i (c1 g1 / n1 + ... + cr gr / nr)).
 *
 * A plan owns the scratch memory of its transforms: nothing is allocated by a call that is given `out`.
 */
export interface GroupTransform {
  /** n1, ..., nr. */
  readonly orders: readonly number[];
  /** k = n1 ... nr, the length of every array below. */
  readonly size: number;
  /** Index of -g for each g; also of the conjugate of each character. */
  readonly negation: Int32Array;
  /** X_c = sum_g x_g conj(chi_c(g)), in place on (re, im). */
  forward(re: Float64Array, im: Float64Array): void;
  /** x_g = (1 / k) sum_c X_c chi_c(g), in place on (re, im): undoes {@link GroupTransform.forward}. */
  inverse(re: Float64Array, im: Float64Array): void;
  /**
   * Orthonormal Hartley transform: h_c = (1 / sqrt k) sum_g x_g cas(2 pi <c, g>), cas = cos + sin.
   * Symmetric, orthogonal, its own inverse; for Z_2^m it is the orthonormal Walsh-Hadamard transform. `out` may be `x`.
   */
  hartley(x: Float64Array, out?: Float64Array): Float64Array;
  /**
   * Eigenvalues s_c = sum_g zeta_g Re chi_c(g) of the symmetric matrix Z_ij = zeta(i - j), zeta even;
   * its orthonormal eigenvectors are the rows of the Hartley transform. When zeta is not even these are
   * the eigenvalues of (Z + Z^T) / 2. The result is even to the last bit. `out` may be `zeta`.
   */
  evenSpectrum(zeta: Float64Array, out?: Float64Array): Float64Array;
  /** The even symbol with the given (even) spectrum: undoes {@link GroupTransform.evenSpectrum}. `out` may be `spectrum`. */
  evenSymbol(spectrum: Float64Array, out?: Float64Array): Float64Array;
}

/** A run of factors of order 2 taken together (`fourier` undefined), or one other factor. */
interface Axis {
  readonly length: number;
  /** Product of the orders behind it. */
  readonly stride: number;
  readonly fourier: FourierAxis | undefined;
}

/**
 * Plans the transforms of Z_n1 x ... x Z_nr. Factors 1 are allowed; an empty list is the trivial group.
 *
 * Any order is transformed in O(k log k): factors 2, 3, 4, 5 and primes up to 61 by mixed-radix
 * passes, an order with a larger prime by Bluestein's algorithm, runs of order 2 by Walsh-Hadamard.
 * Roots of unity come from sine and cosine of an angle in the first octant, never from a recurrence.
 *
 * @throws {@link DomainError} unless every order is an integer >= 1 and their product is at most 2^28.
 */
export function planGroupTransform(orders: readonly number[]): GroupTransform {
  let size = 1;
  orders.forEach((n, i) => {
    requireInteger(`orders[${i}]`, n, 1);
    size *= n;
    requireInteger("the product of orders", size, 1, 2 ** 28);
  });
  const scratch: FourierScratch = { re: new Float64Array(0), im: new Float64Array(0) };
  const axes = planAxes(orders, size, scratch);
  const negation = negationOf(orders, size);
  const hasFourier = axes.some((axis) => axis.fourier !== undefined);

  // Real work arrays of the Hartley transform; only groups that are not Z_2^m need them.
  let lineR = new Float64Array(0);
  let lineI = new Float64Array(0);

  const forward = (re: Float64Array, im: Float64Array): void => {
    for (const { length, stride, fourier } of axes) {
      const block = length * stride;
      for (let offset = 0; offset < size; offset += block) {
        if (fourier === undefined) {
          walshLines(re, offset, block, stride);
          walshLines(im, offset, block, stride);
        } else {
          fourier.transform(re, im, offset, stride);
        }
      }
    }
  };

  /** Product of one-dimensional Hartley transforms, not normalised. */
  const separableHartley = (data: Float64Array): void => {
    for (const { length, stride, fourier } of axes) {
      const block = length * stride;
      if (fourier === undefined) {
        for (let o = 0; o < size; o += block) walshLines(data, o, block, stride);
        continue;
      }
      const pairs = Math.max(1, Math.ceil(stride / 2));
      if (lineR.length < length * pairs) {
        lineR = new Float64Array(length * pairs);
        lineI = new Float64Array(length * pairs);
      }
      if (stride > 1) {
        for (let o = 0; o < size; o += block) {
          hartleyLines(fourier, data, o, o + pairs, stride, pairs, stride - pairs, lineR, lineI);
        }
      } else {
        for (let o = 0; o < size; o += 2 * block) {
          const second = o + block < size ? 1 : 0;
          hartleyLines(fourier, data, o, o + block, 1, 1, second, lineR, lineI);
        }
      }
    }
  };

  const mixes = hasFourier ? planMixes(axes, size) : [];

  /** sum_g x_g cas(2 pi <c, g>) in place. */
  const rawHartley = (data: Float64Array): void => {
    separableHartley(data);
    for (const mix of mixes) mixHartley(data, mix.first, mix.rest);
  };

  const realTarget = (
    x: Float64Array,
    name: string,
    out: Float64Array | undefined,
  ): Float64Array => {
    requireLength(name, x, size);
    const result = out ?? new Float64Array(size);
    requireLength("out", result, size);
    if (result !== x) {
      requireNoOverlap("out", result, name, x);
      result.set(x);
    }
    return result;
  };

  const evenTransform = (data: Float64Array, factor: number): Float64Array => {
    rawHartley(data);
    if (hasFourier) {
      for (let c = 0; c < size; c++) {
        const other = negation[c]!;
        if (other < c) continue;
        const mean = (0.5 * data[c]! + 0.5 * data[other]!) * factor;
        data[c] = mean;
        data[other] = mean;
      }
    } else if (factor !== 1) {
      for (let c = 0; c < size; c++) data[c]! *= factor;
    }
    return data;
  };

  const requirePair = (re: Float64Array, im: Float64Array): void => {
    requireLength("re", re, size);
    requireLength("im", im, size);
    requireNoOverlap("im", im, "re", re);
  };

  return {
    orders: [...orders],
    size,
    negation,
    forward: (re, im) => {
      requirePair(re, im);
      forward(re, im);
    },
    inverse: (re, im) => {
      requirePair(re, im);
      // Exchanging the parts conjugates before and after.
      forward(im, re);
      for (let i = 0; i < size; i++) {
        re[i]! /= size;
        im[i]! /= size;
      }
    },
    hartley: (x, out) => {
      const data = realTarget(x, "x", out);
      rawHartley(data);
      const root = Math.sqrt(size);
      for (let i = 0; i < size; i++) data[i]! /= root;
      return data;
    },
    evenSpectrum: (zeta, out) => evenTransform(realTarget(zeta, "zeta", out), 1),
    evenSymbol: (spectrum, out) => evenTransform(realTarget(spectrum, "spectrum", out), 1 / size),
  };
}

/** Lines shorter than this are not worth a view of their own. */
const LONG_LINE = 256;

/** A run of order 2 on data[start..start + block): Walsh-Hadamard transforms of interleaved lines. */
function walshLines(data: Float64Array, start: number, block: number, stride: number): void {
  if (stride > 1 || block < LONG_LINE) walshLevels(data, start, start + block, stride);
  // In blocks for the caches, and by the SIMD kernel.
  else walshHadamard(block === data.length ? data : data.subarray(start, start + block));
}

function planAxes(orders: readonly number[], size: number, scratch: FourierScratch): Axis[] {
  const plans = new Map<number, FourierAxis>();
  const axes: Axis[] = [];
  let stride = size;
  for (let i = 0; i < orders.length; i++) {
    let length = orders[i]!;
    stride /= length;
    if (length === 1) continue;
    if (length === 2) {
      // Only ones stand between two factors of one run.
      while (i + 1 < orders.length && (orders[i + 1] === 2 || orders[i + 1] === 1)) {
        i++;
        length *= orders[i]!;
        stride /= orders[i]!;
      }
      axes.push({ length, stride, fourier: undefined });
      continue;
    }
    let fourier = plans.get(length);
    if (fourier === undefined) {
      fourier = planFourierAxis(length, scratch);
      plans.set(length, fourier);
    }
    axes.push({ length, stride, fourier });
  }
  return axes;
}

function negationOf(orders: readonly number[], size: number): Int32Array {
  const negation = new Int32Array(size);
  let done = 1;
  // Grows the table factor by factor from the back: entry (g, rest) is (-g, -rest).
  for (let i = orders.length - 1; i >= 0; i--) {
    const n = orders[i]!;
    for (let g = n - 1; g >= 0; g--) {
      const image = ((n - g) % n) * done;
      for (let rest = 0; rest < done; rest++) negation[g * done + rest] = image + negation[rest]!;
    }
    done *= n;
  }
  return negation;
}

/** Index maps that negate one axis, and all later axes that are not of order 2. */
interface Mix {
  readonly first: Int32Array;
  readonly rest: Int32Array;
}

function planMixes(axes: readonly Axis[], size: number): Mix[] {
  const fourier = axes.filter((axis) => axis.fourier !== undefined);
  const negateAxis = ({ length, stride }: Axis): Int32Array =>
    Int32Array.from({ length: size }, (_, i) => {
      const c = Math.floor(i / stride) % length;
      return i + (c === 0 ? 0 : length - 2 * c) * stride;
    });
  const mixes: Mix[] = [];
  let rest: Int32Array | undefined;
  for (let k = fourier.length - 1; k >= 0; k--) {
    const first = negateAxis(fourier[k]!);
    if (rest === undefined) {
      rest = first;
    } else {
      mixes.push({ first, rest });
      const before: Int32Array = rest;
      rest = first.map((i) => before[i]!);
    }
  }
  return mixes;
}

/**
 * 2 cas(a + b) = cas a cas b + cas(-a) cas b + cas a cas(-b) - cas(-a) cas(-b) on the orbits of the two
 * negations: from a transform by cas a cas b to one by cas(a + b).
 */
function mixHartley(data: Float64Array, first: Int32Array, rest: Int32Array): void {
  for (let i = 0; i < data.length; i++) {
    const i1 = first[i]!;
    const i2 = rest[i]!;
    const i3 = first[i2]!;
    if (i1 < i || i2 < i || i3 < i) continue;
    const a = 0.5 * data[i]!;
    const b = 0.5 * data[i1]!;
    const c = 0.5 * data[i2]!;
    const d = 0.5 * data[i3]!;
    data[i] = a + b + (c - d);
    data[i1] = a + b - (c - d);
    data[i2] = c + d + (a - b);
    data[i3] = c + d - (a - b);
  }
}

/**
 * Hartley transforms of real lines, two at a time as the real and imaginary part of one complex line:
 * `firsts` lines from `x0` and `seconds` <= firsts lines from `y0`, points `stride` apart.
 */
function hartleyLines(
  fourier: FourierAxis,
  data: Float64Array,
  x0: number,
  y0: number,
  stride: number,
  firsts: number,
  seconds: number,
  re: Float64Array,
  im: Float64Array,
): void {
  const n = fourier.length;
  for (let j = 0; j < n; j++) {
    for (let q = 0; q < firsts; q++) re[j * firsts + q] = data[x0 + j * stride + q]!;
    for (let q = 0; q < seconds; q++) im[j * firsts + q] = data[y0 + j * stride + q]!;
    if (seconds < firsts) im[j * firsts + seconds] = 0;
  }
  fourier.transform(re, im, 0, firsts);
  for (let c = 0; c < n; c++) {
    const row = c * firsts;
    const mirror = (c === 0 ? 0 : n - c) * firsts;
    for (let q = 0; q < firsts; q++) {
      // Twice the even and odd part under c -> -c: (F + G) and (F - G), G = F(-c).
      const evenR = 0.5 * (re[row + q]! + re[mirror + q]!);
      const oddR = 0.5 * (re[row + q]! - re[mirror + q]!);
      const evenI = 0.5 * (im[row + q]! + im[mirror + q]!);
      const oddI = 0.5 * (im[row + q]! - im[mirror + q]!);
      data[x0 + c * stride + q] = evenR - oddI;
      if (q < seconds) data[y0 + c * stride + q] = evenI + oddR;
    }
  }
}
