/**
 * Discrete Fourier transforms of one length n along one axis of a row-major array, planned once.
 * Internal: the public face is the group transform. No checks here.
 */

/** A planned transform of `length` points at distance `stride`, for `stride` interleaved lines at once. */
export interface FourierAxis {
  readonly length: number;
  /**
   * X_c = sum_j x_j exp(-2 pi i j c / n) in place on the block of n * stride entries that starts at
   * `offset`: line q has its point j at offset + j stride + q.
   */
  transform(re: Float64Array, im: Float64Array, offset: number, stride: number): void;
}

/** Two arrays that grow to the largest block asked for and are then reused. */
export interface FourierScratch {
  re: Float64Array;
  im: Float64Array;
}

/** Prime factors above this are left to Bluestein's algorithm: direct sums cost O(p) a point. */
const LARGEST_DIRECT_PRIME = 61;

/**
 * cos and sin of 2 pi j / n, reduced to the first octant in exact integers: each is right to about
 * one unit in the last place, whatever j and n. `j` is an integer in 0..n-1, 8 n < 2^53.
 */
export function unitRoot(j: number, n: number): { cos: number; sin: number } {
  let a = 8 * j;
  let cosSign = 1;
  let sinSign = 1;
  if (a > 4 * n) {
    a = 8 * n - a;
    sinSign = -1;
  }
  if (a > 2 * n) {
    a = 4 * n - a;
    cosSign = -1;
  }
  const swap = a > n;
  if (swap) a = 2 * n - a;
  const angle = (Math.PI / 4) * (a / n);
  const c = a === n ? Math.SQRT1_2 : Math.cos(angle);
  const s = a === n ? Math.SQRT1_2 : Math.sin(angle);
  return { cos: cosSign * (swap ? s : c), sin: sinSign * (swap ? c : s) };
}

/** Radices of the passes: fours first, then a two, then the odd primes; undefined when a prime is too large. */
function radicesOf(n: number): number[] | undefined {
  const radices: number[] = [];
  let rest = n;
  while (rest % 4 === 0) {
    radices.push(4);
    rest /= 4;
  }
  for (let p = 2; rest > 1; p += p === 2 ? 1 : 2) {
    if (p > LARGEST_DIRECT_PRIME) return undefined;
    while (rest % p === 0) {
      radices.push(p);
      rest /= p;
    }
  }
  return radices;
}

/** Plans transforms of length n >= 1. O(n) for smooth n, O(n log n) for Bluestein's algorithm. */
export function planFourierAxis(n: number, scratch: FourierScratch): FourierAxis {
  const radices = radicesOf(n);
  return radices === undefined ? bluesteinAxis(n, scratch) : stockhamAxis(n, radices, scratch);
}

function ensure(scratch: FourierScratch, length: number): void {
  if (scratch.re.length < length) {
    scratch.re = new Float64Array(length);
    scratch.im = new Float64Array(length);
  }
}

/**
 * Stockham's autosort algorithm, decimation in frequency: each pass of radix r reads the lines of one
 * array and writes the other in the next order, so there is no bit reversal, and interleaved lines are
 * simply a larger initial stride.
 */
function stockhamAxis(n: number, radices: readonly number[], scratch: FourierScratch): FourierAxis {
  const cos = new Float64Array(n);
  const sin = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    const w = unitRoot(j, n);
    cos[j] = w.cos;
    sin[j] = -w.sin;
  }
  const half = new Float64Array(4 * LARGEST_DIRECT_PRIME);
  const transform = (re: Float64Array, im: Float64Array, offset: number, stride: number): void => {
    if (n === 1) return;
    const size = n * stride;
    ensure(scratch, size);
    let xr = re;
    let xi = im;
    let x0 = offset;
    let yr = scratch.re;
    let yi = scratch.im;
    let y0 = 0;
    let m = n;
    let s = stride;
    let step = 1;
    for (const radix of radices) {
      m /= radix;
      if (radix === 4) pass4(m, s, step, xr, xi, x0, yr, yi, y0, cos, sin);
      else if (radix === 2) pass2(m, s, step, xr, xi, x0, yr, yi, y0, cos, sin);
      else passOdd(radix, m, s, step, xr, xi, x0, yr, yi, y0, cos, sin, half);
      s *= radix;
      step *= radix;
      const tr = xr;
      const ti = xi;
      const t0 = x0;
      xr = yr;
      xi = yi;
      x0 = y0;
      yr = tr;
      yi = ti;
      y0 = t0;
    }
    if (radices.length % 2 === 1) copyBack(scratch, size, re, im, offset);
  };
  return { length: n, transform };
}

function copyBack(
  scratch: FourierScratch,
  size: number,
  re: Float64Array,
  im: Float64Array,
  offset: number,
): void {
  for (let i = 0; i < size; i++) {
    re[offset + i] = scratch.re[i]!;
    im[offset + i] = scratch.im[i]!;
  }
}

/**
 * One pass: with w = exp(-2 pi i / (r m)), for p < m and q < s,
 * y[q + s (r p + l)] = w^(p l) sum_k x[q + s (p + m k)] exp(-2 pi i k l / r).
 * The table holds the roots of unity of order r m step.
 */
function pass2(
  m: number,
  s: number,
  step: number,
  xr: Float64Array,
  xi: Float64Array,
  x0: number,
  yr: Float64Array,
  yi: Float64Array,
  y0: number,
  cos: Float64Array,
  sin: Float64Array,
): void {
  const far = s * m;
  for (let p = 0; p < m; p++) {
    const wr = cos[p * step]!;
    const wi = sin[p * step]!;
    let from = x0 + s * p;
    let to = y0 + 2 * s * p;
    for (const end = from + s; from < end; from++, to++) {
      const ar = xr[from]!;
      const ai = xi[from]!;
      const br = xr[from + far]!;
      const bi = xi[from + far]!;
      const dr = ar - br;
      const di = ai - bi;
      yr[to] = ar + br;
      yi[to] = ai + bi;
      yr[to + s] = dr * wr - di * wi;
      yi[to + s] = dr * wi + di * wr;
    }
  }
}

function pass4(
  m: number,
  s: number,
  step: number,
  xr: Float64Array,
  xi: Float64Array,
  x0: number,
  yr: Float64Array,
  yi: Float64Array,
  y0: number,
  cos: Float64Array,
  sin: Float64Array,
): void {
  const far = s * m;
  const s2 = 2 * s;
  const s3 = 3 * s;
  for (let p = 0; p < m; p++) {
    const w1r = cos[p * step]!;
    const w1i = sin[p * step]!;
    const w2r = cos[2 * p * step]!;
    const w2i = sin[2 * p * step]!;
    const w3r = cos[3 * p * step]!;
    const w3i = sin[3 * p * step]!;
    let from = x0 + s * p;
    let to = y0 + 4 * s * p;
    for (const end = from + s; from < end; from++, to++) {
      const f1 = from + far;
      const f2 = f1 + far;
      const f3 = f2 + far;
      const ar = xr[from]! + xr[f2]!;
      const ai = xi[from]! + xi[f2]!;
      const br = xr[from]! - xr[f2]!;
      const bi = xi[from]! - xi[f2]!;
      const cr = xr[f1]! + xr[f3]!;
      const ci = xi[f1]! + xi[f3]!;
      // -i (x1 - x3)
      const dr = xi[f1]! - xi[f3]!;
      const di = xr[f3]! - xr[f1]!;
      const e1r = br + dr;
      const e1i = bi + di;
      const e2r = ar - cr;
      const e2i = ai - ci;
      const e3r = br - dr;
      const e3i = bi - di;
      yr[to] = ar + cr;
      yi[to] = ai + ci;
      yr[to + s] = e1r * w1r - e1i * w1i;
      yi[to + s] = e1r * w1i + e1i * w1r;
      yr[to + s2] = e2r * w2r - e2i * w2i;
      yi[to + s2] = e2r * w2i + e2i * w2r;
      yr[to + s3] = e3r * w3r - e3i * w3i;
      yi[to + s3] = e3r * w3i + e3i * w3r;
    }
  }
}

/** Any odd radix r: sums and differences of x_k and x_(r-k) halve the (r - 1)^2 products. */
function passOdd(
  r: number,
  m: number,
  s: number,
  step: number,
  xr: Float64Array,
  xi: Float64Array,
  x0: number,
  yr: Float64Array,
  yi: Float64Array,
  y0: number,
  cos: Float64Array,
  sin: Float64Array,
  work: Float64Array,
): void {
  const far = s * m;
  const h = (r - 1) / 2;
  // Roots of order r stand m * step apart in the table.
  const rootStep = m * step;
  for (let p = 0; p < m; p++) {
    for (let q = 0; q < s; q++) {
      const from = x0 + s * p + q;
      const to = y0 + s * r * p + q;
      const ar = xr[from]!;
      const ai = xi[from]!;
      let sumR = ar;
      let sumI = ai;
      for (let k = 1; k <= h; k++) {
        const low = from + far * k;
        const high = from + far * (r - k);
        const plusR = xr[low]! + xr[high]!;
        const plusI = xi[low]! + xi[high]!;
        work[4 * k - 4] = plusR;
        work[4 * k - 3] = plusI;
        work[4 * k - 2] = xr[low]! - xr[high]!;
        work[4 * k - 1] = xi[low]! - xi[high]!;
        sumR += plusR;
        sumI += plusI;
      }
      yr[to] = sumR;
      yi[to] = sumI;
      for (let l = 1; l <= h; l++) {
        let cr = ar;
        let ci = ai;
        let dr = 0;
        let di = 0;
        let root = 0;
        for (let k = 1; k <= h; k++) {
          root += l;
          if (root >= r) root -= r;
          const c = cos[root * rootStep]!;
          // The table holds exp(-i t), so this is minus the sine.
          const t = sin[root * rootStep]!;
          cr += work[4 * k - 4]! * c;
          ci += work[4 * k - 3]! * c;
          dr += work[4 * k - 2]! * t;
          di += work[4 * k - 1]! * t;
        }
        // i D added for l, subtracted for r - l, with D = sum of minus_k times minus sine.
        const lowR = cr - di;
        const lowI = ci + dr;
        const highR = cr + di;
        const highI = ci - dr;
        const w = p * step;
        const wlr = cos[w * l]!;
        const wli = sin[w * l]!;
        const whr = cos[w * (r - l)]!;
        const whi = sin[w * (r - l)]!;
        yr[to + s * l] = lowR * wlr - lowI * wli;
        yi[to + s * l] = lowR * wli + lowI * wlr;
        yr[to + s * (r - l)] = highR * whr - highI * whi;
        yi[to + s * (r - l)] = highR * whi + highI * whr;
      }
    }
  }
}

/**
 * Bluestein's algorithm: c j = (c^2 + j^2 - (c - j)^2) / 2 turns the transform of any length n into a
 * convolution, done by transforms of a power of two >= 2 n - 1. The chirp exp(-pi i j^2 / n) takes j^2
 * modulo 2 n in exact integers.
 *
 * @see Bluestein, IEEE Trans. Audio Electroacoustics 18 (1970) 451.
 */
function bluesteinAxis(n: number, scratch: FourierScratch): FourierAxis {
  const m = 2 ** Math.ceil(Math.log2(2 * n - 1));
  const inner = planFourierAxis(m, scratch);
  const chirpR = new Float64Array(n);
  const chirpI = new Float64Array(n);
  const kernelR = new Float64Array(m);
  const kernelI = new Float64Array(m);
  let square = 0;
  for (let j = 0; j < n; j++) {
    const w = unitRoot(square, 2 * n);
    chirpR[j] = w.cos;
    chirpI[j] = -w.sin;
    kernelR[j] = w.cos / m;
    kernelI[j] = w.sin / m;
    if (j > 0) {
      kernelR[m - j] = kernelR[j]!;
      kernelI[m - j] = kernelI[j]!;
    }
    // (j + 1)^2 = j^2 + 2 j + 1, kept below 2 n.
    square = (square + 2 * j + 1) % (2 * n);
  }
  inner.transform(kernelR, kernelI, 0, 1);
  const bufferR = new Float64Array(m);
  const bufferI = new Float64Array(m);
  const transform = (re: Float64Array, im: Float64Array, offset: number, stride: number): void => {
    for (let q = 0; q < stride; q++) {
      const start = offset + q;
      for (let j = 0; j < n; j++) {
        const r = re[start + j * stride]!;
        const i = im[start + j * stride]!;
        bufferR[j] = r * chirpR[j]! - i * chirpI[j]!;
        bufferI[j] = r * chirpI[j]! + i * chirpR[j]!;
      }
      bufferR.fill(0, n);
      bufferI.fill(0, n);
      inner.transform(bufferR, bufferI, 0, 1);
      for (let j = 0; j < m; j++) {
        const r = bufferR[j]!;
        const i = bufferI[j]!;
        // The conjugate of the product: the forward transform of it is the conjugate of the inverse.
        bufferR[j] = r * kernelR[j]! - i * kernelI[j]!;
        bufferI[j] = -(r * kernelI[j]! + i * kernelR[j]!);
      }
      inner.transform(bufferR, bufferI, 0, 1);
      for (let j = 0; j < n; j++) {
        const r = bufferR[j]!;
        const i = -bufferI[j]!;
        re[start + j * stride] = r * chirpR[j]! - i * chirpI[j]!;
        im[start + j * stride] = r * chirpI[j]! + i * chirpR[j]!;
      }
    }
  };
  return { length: n, transform };
}
