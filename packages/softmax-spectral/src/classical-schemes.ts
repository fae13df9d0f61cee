import { type Dense, DomainError, dense, requireInteger } from "@xent/linalg";
import { type AssociationScheme, completeScheme } from "./association-scheme.js";

function binomial(n: number, k: number): bigint {
  if (k < 0 || k > n) return 0n;
  let b = 1n;
  for (let i = 1; i <= k; i++) b = (b * BigInt(n - k + i)) / BigInt(i);
  return b;
}

function requirePoint(name: string, x: number, pointCount: number): void {
  requireInteger(name, x, 0, pointCount - 1);
}

function requirePointCount(what: string, count: bigint): number {
  if (count > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new DomainError(`${what} has ${count} points, expected at most 2^53 - 1`);
  }
  return Number(count);
}

/** Entries from exact integers, and their distances to those of row 0. */
function integerMatrices(
  rank: number,
  entry: (j: number, i: number) => bigint,
): { eigenmatrix: Dense; deficits: Dense } {
  const eigenmatrix = dense(rank, rank);
  const deficits = dense(rank, rank);
  for (let i = 0; i < rank; i++) {
    const valency = entry(0, i);
    for (let j = 0; j < rank; j++) {
      const value = entry(j, i);
      eigenmatrix.data[j * rank + i] = Number(value);
      deficits.data[j * rank + i] = Number(valency - value);
    }
  }
  return { eigenmatrix, deficits };
}

/**
 * The Hamming scheme H(d, q): words of length d over q letters, related by the number of letters in which they
 * differ. Its matrices are those of Z_q^d whose symbol depends on the weight alone (points are numbered alike, first
 * letter slowest), so 2^53 classes cost d + 1 numbers. Eigenvalues are Krawtchouk polynomials, computed in integers.
 *
 * @param d - length >= 1. @param q - letters >= 2; q^d < 2^53.
 * @throws DomainError.
 */
export function hammingScheme(d: number, q: number): AssociationScheme {
  requireInteger("d", d, 1, 52);
  requireInteger("q", q, 2);
  const name = `H(${d}, ${q})`;
  const pointCount = requirePointCount(name, BigInt(q) ** BigInt(d));
  const krawtchouk = (j: number, i: number): bigint => {
    let sum = 0n;
    for (let h = 0; h <= i; h++) {
      const term = binomial(j, h) * binomial(d - j, i - h) * BigInt(q - 1) ** BigInt(i - h);
      sum += h % 2 === 0 ? term : -term;
    }
    return sum;
  };
  const { eigenmatrix, deficits } = integerMatrices(d + 1, krawtchouk);
  const valencies = eigenmatrix.data.slice(0, d + 1);
  const relation = (x: number, y: number): number => {
    requirePoint("x", x, pointCount);
    requirePoint("y", y, pointCount);
    let distance = 0;
    for (let letter = 0; letter < d; letter++) {
      const [a, b] = [x % q, y % q];
      if (a !== b) distance++;
      x = (x - a) / q;
      y = (y - b) / q;
    }
    return distance;
  };
  // Self-dual: the multiplicities are the valencies.
  return completeScheme(
    { name, pointCount, relation, valencies, multiplicities: valencies.slice(), eigenmatrix },
    deficits,
  );
}

/**
 * The Johnson scheme J(n, k): the k-subsets of n things, related by k - |A and B|. Its eigenvalues are dual Hahn
 * (Eberlein) polynomials, computed in integers. Points are numbered in colexicographic order: {c_1 < ... < c_k}
 * is number sum_i C(c_i, i).
 *
 * @param n - things >= 1. @param k - in 0..n; C(n, k) < 2^53.
 * @throws DomainError.
 */
export function johnsonScheme(n: number, k: number): AssociationScheme {
  requireInteger("n", n, 1, 2 ** 16);
  requireInteger("k", k, 0, n);
  const name = `J(${n}, ${k})`;
  const d = Math.min(k, n - k);
  requireInteger("min(k, n - k)", d, 0, 64);
  const pointCount = requirePointCount(name, binomial(n, d));
  // Complements of subsets intersect alike: J(n, k) and J(n, n - k) have the same matrices.
  const eberlein = (j: number, i: number): bigint => {
    let sum = 0n;
    for (let t = 0; t <= i; t++) {
      const term = binomial(j, t) * binomial(d - j, i - t) * binomial(n - d - j, i - t);
      sum += t % 2 === 0 ? term : -term;
    }
    return sum;
  };
  const { eigenmatrix, deficits } = integerMatrices(d + 1, eberlein);
  const valencies = eigenmatrix.data.slice(0, d + 1);
  const multiplicities = Float64Array.from({ length: d + 1 }, (_, j) =>
    Number(binomial(n, j) - binomial(n, j - 1)),
  );
  const subset = subsetsInOrder(n, k);
  const relation = (x: number, y: number): number => {
    requirePoint("x", x, pointCount);
    requirePoint("y", y, pointCount);
    const members = new Set(subset(x));
    return subset(y).filter((c) => !members.has(c)).length;
  };
  return completeScheme(
    { name, pointCount, relation, valencies, multiplicities, eigenmatrix },
    deficits,
  );
}

/** The k-subset of 0..n-1 with a given colexicographic number, as a descending list. */
function subsetsInOrder(n: number, k: number): (index: number) => Int32Array {
  return (index) => {
    const out = new Int32Array(k);
    let left = BigInt(index);
    let c = n;
    let b = binomial(n, k);
    for (let size = k; size >= 1; size--) {
      // b = C(c, size): the largest c with C(c, size) <= left is the largest member.
      while (b > left) {
        b = (b * BigInt(c - size)) / BigInt(c);
        c--;
      }
      out[k - size] = c;
      left -= b;
      b = binomial(c, size - 1);
    }
    return out;
  };
}

/**
 * The scheme of the cycle on n points: related by distance round the cycle. Its matrices are the symmetric
 * circulants, those of Z_n with an even symbol. Eigenspaces are the frequencies 0..floor(n / 2).
 *
 * @param n - in 1..4096.
 * @throws DomainError.
 */
export function cycleScheme(n: number): AssociationScheme {
  requireInteger("n", n, 1, 4096);
  const rank = Math.floor(n / 2) + 1;
  const valencies = Float64Array.from({ length: rank }, (_, i) => (i === 0 || 2 * i === n ? 1 : 2));
  const eigenmatrix = dense(rank, rank);
  const deficits = dense(rank, rank);
  for (let j = 0; j < rank; j++) {
    for (let i = 0; i < rank; i++) {
      // The angle is reduced in integers.
      const turn = Math.min((i * j) % n, n - ((i * j) % n));
      const k = valencies[i]!;
      // cos(2 pi turn / n) as a sine that is exactly 0 a quarter round.
      eigenmatrix.data[j * rank + i] = k * Math.sin((Math.PI * (n - 4 * turn)) / (2 * n));
      deficits.data[j * rank + i] = 2 * k * Math.sin((Math.PI * turn) / n) ** 2;
    }
  }
  const relation = (x: number, y: number): number => {
    requirePoint("x", x, n);
    requirePoint("y", y, n);
    const distance = Math.abs(x - y);
    return Math.min(distance, n - distance);
  };
  return completeScheme(
    {
      name: `cycle of ${n}`,
      pointCount: n,
      relation,
      valencies,
      multiplicities: valencies.slice(),
      eigenmatrix,
    },
    deficits,
  );
}

/**
 * The scheme of the Petersen graph: 10 points, the pairs from five things; relation 1 (adjacent) are disjoint pairs,
 * relation 2 pairs that share one thing. J(5, 2) with its relations exchanged. Eigenvalues of the graph: 3, 1
 * (5 times), -2 (4 times). Not a matrix class of an abelian group of order 10.
 */
export function petersenScheme(): AssociationScheme {
  const johnson = johnsonScheme(5, 2);
  const order = [0, 2, 1];
  const pick = (v: Float64Array): Float64Array => Float64Array.from(order, (i) => v[i]!);
  const pickBoth = (m: Dense): Dense => {
    const out = dense(3, 3);
    for (let j = 0; j < 3; j++) {
      for (let i = 0; i < 3; i++) out.data[j * 3 + i] = m.data[order[j]! * 3 + order[i]!]!;
    }
    return out;
  };
  return completeScheme(
    {
      name: "Petersen",
      pointCount: 10,
      relation: (x, y) => order[johnson.relation(x, y)]!,
      valencies: pick(johnson.valencies),
      multiplicities: pick(johnson.multiplicities),
      eigenmatrix: pickBoth(johnson.eigenmatrix),
    },
    pickBoth(johnson.deficits),
  );
}
