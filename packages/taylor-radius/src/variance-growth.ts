import { U } from "./directed-rounding.js";

/**
 * Moments of the slopes of a row about a number near their mean, under the tilted probabilities softmax(z + a x), in
 * units in which the slopes' spread lies in 1..2. The slopes may be moved and their weights changed a little: what
 * that does to a variance is bounded by `excess` and `floor`.
 */
export interface TiltedMoments {
  /** E X^i, i = 0..6; `at` fills it in. */
  readonly moments: Float64Array;
  /** max X and max -X, rounded up. */
  above: number;
  below: number;
  /** Terms of the sums. */
  readonly terms: number;
  /** Evaluates at s = x; false where nothing can be said there. */
  at(x: number): boolean;
  /** The true variance is at most (1 + excess) that of these moments plus `floor`, at any s with |s| <= reach. */
  excess(reach: number): number;
  floor(reach: number): number;
}

/** The largest W |h| at which the remainders are bounded. */
export const LARGEST_TURN = 3;

const tail = 1 / (1 - LARGEST_TURN / 13);

/** (e^y - 1 - y - y^2 / 2 - y^3 / 6) / y^4 from above, for 0 <= y <= 3; it increases with y. */
export function fourthRemainderUp(y: number): number {
  const far = 1 + y * (1 / 10) * (1 + y * (1 / 11) * (1 + y * (1 / 12) * tail));
  const near = 1 + y * (1 / 7) * (1 + y * (1 / 8) * (1 + y * (1 / 9) * far));
  return (1 / 24) * (1 + y * (1 / 5) * (1 + y * (1 / 6) * near));
}

/** The same at -y from below, 0 <= y <= 3: an alternating series of decreasing terms, ended after a negative one. */
export function fourthRemainderDown(y: number): number {
  const far = 1 - y * (1 / 7) * (1 - y * (1 / 8) * (1 - y * (1 / 9)));
  return (1 / 24) * (1 - y * (1 / 5) * (1 - y * (1 / 6) * far));
}

/** (e^v - 1 - v - v^2 / 2) / v^3 at v = -y from below, likewise. */
export function thirdRemainderDown(y: number): number {
  const far = 1 - y * (1 / 6) * (1 - y * (1 / 7) * (1 - y * (1 / 8)));
  return (1 / 6) * (1 - y * (1 / 4) * (1 - y * (1 / 5) * far));
}

const DEGREE = 8;
/** C(k, i) / C(8, i) at 9 k + i: a polynomial's Bernstein coefficient k takes so much of its coefficient i. */
const bernstein = Float64Array.from({ length: (DEGREE + 1) ** 2 }, (_, at) => {
  const k = Math.floor(at / (DEGREE + 1));
  let share = 1;
  for (let i = 0; i < at % (DEGREE + 1); i++) share *= (k - i) / (DEGREE - i);
  return share;
});
const p = new Float64Array(DEGREE + 1);
const QUARTER = (Math.PI / 2) * (Math.PI / 2);

/**
 * Whether |x + h|^2 + (pi / 2)^2 / var(x + h) >= R^2 is proven for all h between 0 and sign r, from the moments at x.
 *
 * With sign = 1 (otherwise X is reflected), E at x and e^v - 1 - v - v^2/2 - v^3/6 = v^4 f(v), f increasing:
 *   E X^2 e^(hX) <= m2 + h m3 + h^2 m4/2 + h^3 m5/6 + h^4 m6 f(W r),            W >= max X,
 *   E X e^(hX)   >= m1 + h m2 + h^2 m3/2 + h^3 m4 g(-w r),                      w >= max -X,
 *   E e^(hX)     >= 1 + h m1 + h^2 m2/2 + h^3 m3/6 + h^4 m4 f(-w r), and <= with f(W r),
 * g that of one order less. The variance is at most the second moment about m2 h, which is near the mean's move:
 *   var(x + h) E e^(hX) <= Q = E X^2 e^(hX) - 2 m2 h E X e^(hX) + m2^2 h^2 E e^(hX).
 * So (1 + excess) Q (R^2 - (x + h)^2) <= ((pi / 2)^2 - floor R^2) E e^(hX) suffices: a polynomial of degree 8 in h,
 * whose Bernstein coefficients on 0..r must be negative.
 *
 * The absolute values of its terms add up to less than e^y (1 + y)^2 9 (m2 R^2 + (pi / 2)^2), y = 3 (with |x| < R and
 * r <= 2 R), below 2900 of the last factor; each errs by less than n + 100 roundings.
 */
export function staysOutside(
  of: TiltedMoments,
  x: number,
  sign: 1 | -1,
  r: number,
  R: number,
): boolean {
  const up = (sign > 0 ? of.above : of.below) * r;
  const down = (sign > 0 ? of.below : of.above) * r;
  if (!(up <= LARGEST_TURN && down <= LARGEST_TURN)) return false;
  const { moments: m } = of;
  const odd = sign * r;
  const square = r * r;
  const m1 = m[1]! * odd;
  const m2 = m[2]! * square;
  const m3 = m[3]! * square * odd;
  const m4 = m[4]! * square * square;
  const m5 = m[5]! * square * square * odd;
  const m6 = m[6]! * square * square * square;
  const f = fourthRemainderUp(up);
  const fDown = fourthRemainderDown(down);
  const gDown = thirdRemainderDown(down);
  // Q r^2 as a polynomial in h / r.
  const q0 = m2;
  const q1 = m3 - 2 * m2 * m1;
  const q2 = m4 / 2 - m2 * m2;
  const q3 = m5 / 6 - m2 * m3 + m2 * m2 * m1;
  const q4 = m6 * f - 2 * m2 * m4 * gDown + (m2 * m2 * m2) / 2;
  const q5 = (m2 * m2 * m3) / 6;
  const q6 = m2 * m2 * m4 * f;
  const here = sign * x;
  const reach = Math.max(Math.abs(here), Math.abs(here + r));
  const gain = (1 + of.excess(reach)) / square;
  const a = gain * (R * R - here * here);
  const b = gain * 2 * here * r;
  const c = gain * square;
  const height = QUARTER - of.floor(reach) * R * R;
  if (!(height > 0)) return false;
  p[0] = q0 * a - height;
  p[1] = q1 * a - q0 * b - height * m1;
  p[2] = q2 * a - q1 * b - q0 * c - (height * m2) / 2;
  p[3] = q3 * a - q2 * b - q1 * c - (height * m3) / 6;
  p[4] = q4 * a - q3 * b - q2 * c - height * m4 * fDown;
  p[5] = q5 * a - q4 * b - q3 * c;
  p[6] = q6 * a - q5 * b - q4 * c;
  p[7] = -q6 * b - q5 * c;
  p[8] = -q6 * c;
  const margin = 3000 * (of.terms + 100) * U * (m[2]! * R * R + QUARTER);
  // From the far end, where it fails first.
  for (let k = DEGREE; k >= 0; k--) {
    let sum = p[0];
    for (let i = 1, at = (DEGREE + 1) * k + 1; i <= k; i++, at++) sum += bernstein[at]! * p[i]!;
    if (!(sum < -margin)) return false;
  }
  return true;
}
