import {
  type Dense,
  DomainError,
  dense,
  requireInteger,
  SeededRandom,
  symmetricEigen,
} from "@xent/linalg";

/**
 * A symmetric association scheme: the pairs of n points fall into relations 0, ..., d (0 is equality) such
 * that the matrices which depend on the relation alone form an algebra (Bose and Mesner's), closed under
 * products, entry-wise functions and hence the softmax. All have the same d + 1 eigenspaces.
 *
 * @see Bannai and Ito, Algebraic Combinatorics I (1984); Brouwer, Cohen, Neumaier, Distance-Regular Graphs (1989).
 */
export interface AssociationScheme {
  readonly name: string;
  /** n: rows and columns of the matrices, so the number of softmax classes. Up to 2^53. */
  readonly pointCount: number;
  /** d + 1: the number of relations, and of eigenspaces. */
  readonly rank: number;
  /** The relation of two points, in 0..d. */
  relation(this: void, x: number, y: number): number;
  /** k_i: how many points stand in relation i to a given one. k_0 = 1. */
  readonly valencies: Float64Array;
  /** m_j: dimension of eigenspace j. Eigenspace 0 is spanned by the all-ones vector. */
  readonly multiplicities: Float64Array;
  /** P, (d + 1) x (d + 1): P_ji is the eigenvalue of the 0/1 matrix of relation i on eigenspace j. */
  readonly eigenmatrix: Dense;
  /** Q, (d + 1) x (d + 1), Q_ij = m_j P_ji / k_i: P Q = Q P = n I. */
  readonly dualEigenmatrix: Dense;
  /** k_i - P_ji >= 0 at (j, i), to relative accuracy where the scheme has a closed form. */
  readonly deficits: Dense;
}

/** Fills in what follows from the eigenmatrix. */
export function completeScheme(
  scheme: Omit<AssociationScheme, "rank" | "dualEigenmatrix" | "deficits">,
  deficits?: Dense,
): AssociationScheme {
  const { valencies, multiplicities, eigenmatrix } = scheme;
  const rank = valencies.length;
  const dual = dense(rank, rank);
  const subtracted = dense(rank, rank);
  for (let j = 0; j < rank; j++) {
    for (let i = 0; i < rank; i++) {
      const value = eigenmatrix.data[j * rank + i]!;
      dual.data[i * rank + j] = (multiplicities[j]! * value) / valencies[i]!;
      subtracted.data[j * rank + i] = Math.max(valencies[i]! - value, 0);
    }
  }
  return { ...scheme, rank, dualEigenmatrix: dual, deficits: deficits ?? subtracted };
}

/**
 * The intersection number p^h_ij: for two points in relation h, how many points stand in relation i to the
 * first and j to the second. Equals sum_l m_l P_li P_lj P_lh / (n k_h); rounded to the integer that it is. O(d).
 *
 * @throws DomainError unless i, j, h are in 0..d, and when the terms of the sum cancel so far that doubles do
 *   not settle the integer (valencies whose product is beyond about 2^50).
 */
export function intersectionNumber(
  scheme: AssociationScheme,
  i: number,
  j: number,
  h: number,
): number {
  const { rank, eigenmatrix, multiplicities, valencies, pointCount } = scheme;
  requireInteger("i", i, 0, rank - 1);
  requireInteger("j", j, 0, rank - 1);
  requireInteger("h", h, 0, rank - 1);
  let sum = 0;
  let size = 0;
  for (let l = 0; l < rank; l++) {
    const row = l * rank;
    const share = multiplicities[l]! / pointCount;
    const last = eigenmatrix.data[row + h]! / valencies[h]!;
    const term = share * eigenmatrix.data[row + i]! * eigenmatrix.data[row + j]! * last;
    sum += term;
    size += Math.abs(term);
  }
  // Each term is rounded up to eight times (P, m and k of a counted scheme included), each partial sum once.
  const error = (rank + 8) * 2 ** -53 * size;
  if (!(error < 0.25)) {
    throw new DomainError(
      `p^${h}_${i},${j} of ${scheme.name} is ${sum} up to ${error}: too large for doubles`,
    );
  }
  // Adding 0 turns -0 into 0.
  return Math.round(sum) + 0;
}

/** What {@link isAssociationScheme} found. */
export interface SchemeCheck {
  readonly isScheme: boolean;
  /** Why not, naming points and relations; undefined when it is a scheme. */
  readonly reason: string | undefined;
  /** d + 1, the number of relations that occur. */
  readonly rank: number;
  /** Length d + 1; those of point 0 when it is no scheme. */
  readonly valencies: Float64Array;
  /** p^h_ij at (h (d + 1) + i)(d + 1) + j; empty when it is no scheme. */
  readonly intersectionNumbers: Float64Array;
}

/**
 * Checks the axioms of a symmetric association scheme by counting: relation 0 is equality, relations are
 * symmetric, and the number of points z with (x, z) in relation i and (z, y) in j depends on the relation of x
 * and y alone. O(n^3).
 *
 * @param pointCount - n in 1..512.
 * @param relation - of two points in 0..n-1: an integer in 0..d, each of which occurs.
 * @throws DomainError for a relation that is not an integer in 0..n-1.
 */
export function isAssociationScheme(
  pointCount: number,
  relation: (x: number, y: number) => number,
): SchemeCheck {
  const n = pointCount;
  requireInteger("pointCount", n, 1, 512);
  const table = new Int32Array(n * n);
  let rank = 1;
  for (let x = 0; x < n; x++) {
    for (let y = 0; y < n; y++) {
      const r = relation(x, y);
      requireInteger(`relation(${x}, ${y})`, r, 0, n - 1);
      table[x * n + y] = r;
      rank = Math.max(rank, r + 1);
    }
  }
  const valencies = new Float64Array(rank);
  for (let y = 0; y < n; y++) valencies[table[y]!]!++;
  const fail = (reason: string): SchemeCheck => ({
    isScheme: false,
    reason,
    rank,
    valencies,
    intersectionNumbers: new Float64Array(0),
  });
  for (let x = 0; x < n; x++) {
    for (let y = 0; y <= x; y++) {
      const r = table[x * n + y]!;
      if (r !== table[y * n + x]) {
        return fail(`(${x}, ${y}) has relation ${r}, (${y}, ${x}) has ${table[y * n + x]}`);
      }
      if ((r === 0) !== (x === y)) return fail(`(${x}, ${y}) has relation ${r}`);
    }
  }
  const intersectionNumbers = new Float64Array(rank ** 3);
  const seen = new Uint8Array(rank);
  const counts = new Float64Array(rank * rank);
  const place = new Int32Array(n);
  for (let x = 0; x < n; x++) {
    for (let y = 0; y < n; y++) {
      const h = table[x * n + y]!;
      const expected = intersectionNumbers.subarray(h * rank * rank, (h + 1) * rank * rank);
      for (let z = 0; z < n; z++) {
        place[z] = table[x * n + z]! * rank + table[z * n + y]!;
        counts[place[z]!]!++;
      }
      if (seen[h] === 0) {
        seen[h] = 1;
        expected.set(counts);
      }
      // Both count n points, so that equality where this pair counts any is equality everywhere.
      for (let z = 0; z < n; z++) {
        const at = place[z]!;
        if (counts[at] !== expected[at]) {
          const [i, j] = [Math.floor(at / rank), at % rank];
          return fail(
            `p^${h}_${i},${j} is ${expected[at]} for one pair and ${counts[at]} for (${x}, ${y})`,
          );
        }
      }
      for (let z = 0; z < n; z++) counts[place[z]!] = 0;
    }
  }
  const missing = seen.indexOf(0);
  if (missing >= 0) return fail(`relation ${missing} does not occur`);
  return { isScheme: true, reason: undefined, rank, valencies, intersectionNumbers };
}

/**
 * The association scheme of a table of relations, after {@link isAssociationScheme} has counted its intersection
 * numbers. Its eigenmatrix comes from theirs: the symmetric matrices sqrt(k_h / k_j) p^h_ij, one for each i,
 * commute, and their common eigenvectors are those of a random combination. Eigenspaces are in descending order of
 * relation 1. O(n^3 + d^4).
 *
 * @param pointCount - n in 1..512.
 * @param relation - as for {@link isAssociationScheme}.
 * @throws DomainError with the reason when it is no association scheme.
 */
export function associationScheme(
  pointCount: number,
  relation: (x: number, y: number) => number,
  name = `scheme on ${pointCount} points`,
): AssociationScheme {
  const found = isAssociationScheme(pointCount, relation);
  if (!found.isScheme) {
    throw new DomainError(`relation is no symmetric association scheme: ${found.reason}`);
  }
  const { rank, valencies, intersectionNumbers } = found;
  const symmetric = Array.from({ length: rank }, (_, i) => {
    const s = dense(rank, rank);
    for (let h = 0; h < rank; h++) {
      for (let j = 0; j < rank; j++) {
        const p = intersectionNumbers[(h * rank + i) * rank + j]!;
        s.data[h * rank + j] = p * Math.sqrt(valencies[h]! / valencies[j]!);
      }
    }
    return s;
  });
  const vectors = commonEigenvectors(symmetric, valencies);
  const rows: Float64Array[] = [];
  for (let j = 0; j < rank; j++) {
    // Rayleigh quotients: the error of the vector enters squared.
    rows.push(Float64Array.from(symmetric, (s) => rayleigh(s, vectors, j)));
  }
  const trivial = rows.reduce((best, row, j) => {
    const distance = (r: Float64Array): number =>
      r.reduce((sum, v, i) => sum + Math.abs(v - valencies[i]!), 0);
    return distance(row) < distance(rows[best]!) ? j : best;
  }, 0);
  const others = rows.filter((_, j) => j !== trivial);
  others.sort((a, b) => b[1]! - a[1]!);
  const ordered = [valencies, ...others];
  const eigenmatrix = dense(rank, rank);
  for (const [j, row] of ordered.entries()) eigenmatrix.data.set(row, j * rank);
  const multiplicities = Float64Array.from(ordered, (row) => {
    const norm = row.reduce((sum, v, i) => sum + (v * v) / valencies[i]!, 0);
    return Math.round(pointCount / norm);
  });
  return completeScheme({ name, pointCount, relation, valencies, multiplicities, eigenmatrix });
}

/** Eigenvectors (columns) of the random combination, of a few, whose eigenvalues are best apart. */
function commonEigenvectors(commuting: readonly Dense[], valencies: Float64Array): Dense {
  const rank = valencies.length;
  const random = new SeededRandom(20260);
  let best = dense(rank, rank);
  let widest = -1;
  for (let attempt = 0; attempt < 8; attempt++) {
    const mixed = dense(rank, rank);
    for (const [i, s] of commuting.entries()) {
      // Norms are the valencies: scaled to size one.
      const r = random.normal() / valencies[i]!;
      for (let e = 0; e < mixed.data.length; e++) mixed.data[e]! += r * s.data[e]!;
    }
    const { values, vectors } = symmetricEigen(mixed);
    let gap = Infinity;
    for (let j = 1; j < rank; j++) gap = Math.min(gap, values[j]! - values[j - 1]!);
    if (gap > widest) {
      widest = gap;
      best = vectors;
    }
  }
  return best;
}

function rayleigh(s: Dense, vectors: Dense, column: number): number {
  const n = s.rows;
  let sum = 0;
  for (let h = 0; h < n; h++) {
    for (let j = 0; j < n; j++) {
      sum += vectors.data[h * n + column]! * s.data[h * n + j]! * vectors.data[j * n + column]!;
    }
  }
  return sum;
}
