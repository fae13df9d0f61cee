import { type Dense, dense } from "./dense.js";
import { DomainError } from "./errors.js";
import { requireInteger } from "./validate.js";

/** Largest order that is built: n^2 doubles are then 2 GiB. */
const LARGEST_ORDER = 2 ** 14;

/**
 * Sylvester's Hadamard matrix of order 2^m: H_ij = (-1)^popcount(i & j), symmetric, H H = n I, its rows
 * the characters of Z_2^m. {@link walshHadamard} multiplies by it without forming it.
 *
 * @throws {@link DomainError} unless `order` is a power of two, at most 2^14.
 */
export function sylvesterHadamard(order: number): Dense {
  requireInteger("order", order, 1, LARGEST_ORDER);
  if ((order & (order - 1)) !== 0) {
    throw new DomainError(`order = ${order}, expected a power of two`);
  }
  const h = dense(order, order);
  h.data[0] = 1;
  for (let n = 1; n < order; n *= 2) {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const v = h.data[i * order + j]!;
        h.data[i * order + j + n] = v;
        h.data[(i + n) * order + j] = v;
        h.data[(i + n) * order + j + n] = -v;
      }
    }
  }
  return h;
}

/** Which of Paley's constructions: I for q = 3 mod 4 (order q + 1), II for q = 1 mod 4 (order 2 (q + 1)). */
export type PaleyType = "I" | "II";

/**
 * Paley's Hadamard matrix for a prime q: entries +-1, H H^T = n I. Type I (order q + 1, q = 3 mod 4) is
 * the identity plus a skew matrix; type II (order 2 (q + 1), q = 1 mod 4) is symmetric. Unlike
 * Sylvester's, these matrices do not diagonalise the softmax operator.
 *
 * @param order - e.g. 4, 8, 12, 20, 24, 28, 32, 36, 44, 48, 60, ...
 * @param type - default: I when `order` - 1 is a prime 3 mod 4, else II.
 * @throws {@link DomainError} when no prime q gives that order (prime powers are not implemented).
 * @see Paley, J. Math. Phys. 12 (1933) 311. O(n^2).
 */
export function paleyHadamard(order: number, type?: PaleyType): Dense {
  requireInteger("order", order, 1, LARGEST_ORDER);
  if (type !== "II" && isPaleyPrime(order - 1, 3)) return paleyOne(order - 1);
  if (type !== "I" && order % 2 === 0 && isPaleyPrime(order / 2 - 1, 1)) {
    return paleyTwo(order / 2 - 1);
  }
  throw new DomainError(
    `order = ${order}: no prime q gives a Paley matrix${type === undefined ? "" : ` of type ${type}`} of that order`,
  );
}

/**
 * A Hadamard matrix of the given order: Sylvester's for a power of two, else the Kronecker product of
 * Sylvester's with the smallest Paley matrix that fits. Of the orders 4 m up to 100 only 52, 92 and 100
 * are out of reach (they need prime powers or other constructions).
 *
 * @throws {@link DomainError} when these constructions do not reach the order.
 */
export function hadamardMatrix(order: number): Dense {
  requireInteger("order", order, 1, LARGEST_ORDER);
  if ((order & (order - 1)) === 0) return sylvesterHadamard(order);
  let factor = 1;
  while (order % (2 * factor) === 0) factor *= 2;
  for (; factor >= 1; factor /= 2) {
    const q1 = order / factor - 1;
    const q2 = order / factor / 2 - 1;
    if (isPaleyPrime(q1, 3) || (Number.isInteger(q2) && isPaleyPrime(q2, 1))) {
      return kronecker(sylvesterHadamard(factor), paleyHadamard(order / factor));
    }
  }
  throw new DomainError(
    `order = ${order}: not a power of two, nor one times a Paley order with a prime q`,
  );
}

function isPaleyPrime(q: number, residue: 1 | 3): boolean {
  if (q < 3 || q % 4 !== residue) return false;
  for (let d = 3; d * d <= q; d += 2) if (q % d === 0) return false;
  return true;
}

/** chi(x) = 0 for 0, 1 for the other squares modulo q, else -1. */
function quadraticCharacter(q: number): Int8Array {
  const chi = new Int8Array(q).fill(-1);
  chi[0] = 0;
  for (let x = 1; x < q; x++) chi[(x * x) % q] = 1;
  return chi;
}

/** Bordered Jacobsthal matrix: 1 along the top, `left` down the side, chi(i - j) inside, 0 in the corner. */
function conference(q: number, left: 1 | -1): Dense {
  const chi = quadraticCharacter(q);
  const n = q + 1;
  const c = dense(n, n);
  for (let i = 0; i < q; i++) {
    c.data[i + 1] = 1;
    c.data[(i + 1) * n] = left;
    for (let j = 0; j < q; j++) c.data[(i + 1) * n + j + 1] = chi[(i - j + q) % q]!;
  }
  return c;
}

function paleyOne(q: number): Dense {
  const h = conference(q, -1);
  for (let i = 0; i < h.rows; i++) h.data[i * h.rows + i] = 1;
  return h;
}

function paleyTwo(q: number): Dense {
  const c = conference(q, 1);
  const n = 2 * c.rows;
  const h = dense(n, n);
  for (let i = 0; i < c.rows; i++) {
    for (let j = 0; j < c.rows; j++) {
      const v = c.data[i * c.rows + j]!;
      // C (x) [1 1; 1 -1] off the diagonal, I (x) [1 -1; -1 -1] on it.
      const at = 2 * i * n + 2 * j;
      h.data[at] = i === j ? 1 : v;
      h.data[at + 1] = i === j ? -1 : v;
      h.data[at + n] = i === j ? -1 : v;
      h.data[at + n + 1] = i === j ? -1 : -v;
    }
  }
  return h;
}

/** A (x) B: block (i, j) is a_ij B. */
export function kronecker(a: Dense, b: Dense): Dense {
  const out = dense(a.rows * b.rows, a.cols * b.cols);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < a.cols; j++) {
      const s = a.data[i * a.cols + j]!;
      for (let k = 0; k < b.rows; k++) {
        const to = (i * b.rows + k) * out.cols + j * b.cols;
        for (let l = 0; l < b.cols; l++) out.data[to + l] = s * b.data[k * b.cols + l]!;
      }
    }
  }
  return out;
}
