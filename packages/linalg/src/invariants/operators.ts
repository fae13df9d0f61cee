import { type AnyInvariant, defineInvariant, unitRoundoff, worstQuotient } from "@xent/invariants";
import * as fc from "fast-check";
import { type Dense, dense } from "../dense.js";
import type { LinearOperator } from "../linear-operator.js";
import { SeededRandom } from "../random.js";
import {
  absolute,
  difference,
  exponent,
  gamma,
  length2,
  matrixOf,
  naiveProduct,
  naiveTranspose,
  scaleOf,
  seed,
  size,
  vectorOf,
} from "./cases.js";
import type { LinalgSubject } from "./subject.js";

const define = defineInvariant<LinalgSubject>();

/** An operator built from parts, the same as a matrix, and |parts| built the same way: what rounding is relative to. */
interface Built {
  readonly operator: LinearOperator;
  readonly matrix: Dense;
  readonly sizes: Dense;
  /** Roundings along the longest chain. */
  readonly roundings: number;
}

/** A random expression of the operator algebra with the given shape, `depth` levels deep. */
function build(
  subject: LinalgSubject,
  rows: number,
  cols: number,
  depth: number,
  random: SeededRandom,
): Built {
  const part = (r: number, c: number): Built => build(subject, r, c, depth - 1, random);
  const kind = depth <= 0 ? 0 : random.integer(rows === cols ? 6 : 4);
  if (kind === 1) {
    const inner = 1 + random.integer(5);
    const a = part(rows, inner);
    const b = part(inner, cols);
    return {
      operator: subject.composeOperators(a.operator, b.operator),
      matrix: naiveProduct(a.matrix, b.matrix),
      sizes: naiveProduct(a.sizes, b.sizes),
      roundings: a.roundings + b.roundings + inner,
    };
  }
  if (kind === 2) {
    const a = part(rows, cols);
    const b = part(rows, cols);
    const alpha = random.normal();
    const combine = (x: Dense, y: Dense, factor: number): Dense =>
      dense(
        rows,
        cols,
        x.data.map((v, i) => v + factor * y.data[i]!),
      );
    return {
      operator: subject.addOperators(a.operator, subject.scaleOperator(alpha, b.operator)),
      matrix: combine(a.matrix, b.matrix, alpha),
      sizes: combine(a.sizes, b.sizes, Math.abs(alpha)),
      roundings: Math.max(a.roundings, b.roundings) + 2,
    };
  }
  if (kind === 3) {
    const a = part(cols, rows);
    return {
      operator: subject.transposeOperator(a.operator),
      matrix: naiveTranspose(a.matrix),
      sizes: naiveTranspose(a.sizes),
      roundings: a.roundings,
    };
  }
  if (kind === 4) {
    const inner = 1 + random.integer(5);
    const side = random.integer(2) === 0 ? "columns" : "rows";
    const a = side === "columns" ? part(inner, cols) : part(cols, inner);
    const gram = (x: Dense): Dense =>
      side === "columns" ? naiveProduct(naiveTranspose(x), x) : naiveProduct(x, naiveTranspose(x));
    return {
      operator: subject.gramOperator(a.operator, side),
      matrix: gram(a.matrix),
      sizes: gram(a.sizes),
      roundings: 2 * a.roundings + inner,
    };
  }
  if (kind === 5) {
    const diagonal = random.normals(rows);
    const matrix = dense(rows, rows);
    for (let i = 0; i < rows; i++) matrix.data[i * (rows + 1)] = diagonal[i]!;
    return {
      operator: subject.diagonalOperator(diagonal),
      matrix,
      sizes: absolute(matrix),
      roundings: 1,
    };
  }
  const matrix = dense(rows, cols, random.normals(rows * cols));
  return {
    operator: subject.denseOperator(matrix),
    matrix,
    sizes: absolute(matrix),
    roundings: Math.max(rows, cols) + 1,
  };
}

const expression = fc.record({
  rows: size(1, 6),
  cols: size(1, 6),
  depth: size(0, 4),
  seed,
  x: seed,
  y: seed,
  scale: exponent,
});

/** Operator algebra and low rank plus diagonal. */
export function operatorInvariants(): AnyInvariant<LinalgSubject>[] {
  return [
    define({
      id: "linalg/operator-algebra-is-matrix-algebra",
      statement:
        "composed, added, scaled, transposed and Gram operators act as the matrix of the same expression",
      source: "definition",
      arbitrary: expression,
      measure: (c, subject) => {
        const { operator, matrix, sizes, roundings } = build(
          subject,
          c.rows,
          c.cols,
          c.depth,
          new SeededRandom(c.seed),
        );
        const x = vectorOf(c.cols, c.x, scaleOf(subject, c.scale));
        const column = dense(c.cols, 1, x);
        const bound = naiveProduct(sizes, absolute(column)).data;
        const image = operator.apply(x);
        const columns = subject.operatorToDense(operator);
        return {
          error: Math.max(
            worstQuotient(difference(image, naiveProduct(matrix, column).data), bound),
            worstQuotient(difference(columns.data, matrix.data), sizes.data),
          ),
          // Both routes round along chains no longer than that; the last product and float32 inputs add theirs.
          tolerance: 2 * gamma(2 * roundings + c.cols + 2, subject),
        };
      },
    }),
    define({
      id: "linalg/operator-adjoint-identity",
      statement: "<y, A x> = <A^T y, x> for every operator of the algebra",
      source: "definition of the adjoint",
      arbitrary: expression,
      measure: (c, subject) => {
        const { operator, sizes, roundings } = build(
          subject,
          c.rows,
          c.cols,
          c.depth,
          new SeededRandom(c.seed),
        );
        const x = vectorOf(c.cols, c.x, scaleOf(subject, c.scale));
        const y = vectorOf(c.rows, c.y);
        const symmetric = operator.tags?.symmetric === true || operator.tags?.psd === true;
        const transposed =
          operator.applyTranspose?.(y) ?? (symmetric ? operator.apply(y) : undefined);
        if (transposed === undefined) return { error: Infinity, tolerance: 0 };
        let gap = 0;
        operator.apply(x).forEach((v, i) => {
          gap += v * y[i]!;
        });
        transposed.forEach((v, i) => {
          gap -= v * x[i]!;
        });
        const bound = naiveProduct(
          absolute(dense(1, c.rows, y)),
          naiveProduct(sizes, absolute(dense(c.cols, 1, x))),
        );
        return {
          error: worstQuotient([gap], bound.data),
          tolerance: 2 * gamma(roundings + c.rows + c.cols + 2, subject),
        };
      },
    }),
    define({
      id: "linalg/low-rank-plus-diagonal-applies",
      statement: "(D + U V^T) x and its transpose are those of the matrix",
      source: "definition",
      arbitrary: fc.record({
        n: size(1, 12),
        rank: size(0, 5),
        seed,
        x: seed,
        symmetric: fc.boolean(),
        scale: exponent,
      }),
      measure: (c, subject) => {
        const scale = scaleOf(subject, c.scale);
        const entries = "normal";
        const left = matrixOf({ rows: c.n, cols: c.rank, seed: c.seed, entries });
        const other = matrixOf({ rows: c.n, cols: c.rank, seed: c.seed ^ 1, entries });
        const right = c.symmetric ? left : other;
        const diagonal = vectorOf(c.n, c.seed ^ 2);
        const operator = subject.lowRankPlusDiagonal(
          c.symmetric ? { diagonal, left } : { diagonal, left, right },
        );
        const x = dense(c.n, 1, vectorOf(c.n, c.x, scale));
        const matrix = naiveProduct(left, naiveTranspose(right));
        const sizes = naiveProduct(absolute(left), absolute(naiveTranspose(right)));
        for (let i = 0; i < c.n; i++) {
          matrix.data[i * (c.n + 1)]! += diagonal[i]!;
          sizes.data[i * (c.n + 1)]! += Math.abs(diagonal[i]!);
        }
        const forward = difference(operator.apply(x.data), naiveProduct(matrix, x).data);
        const back = difference(
          operator.applyTranspose(x.data),
          naiveProduct(naiveTranspose(matrix), x).data,
        );
        return {
          error: Math.max(
            worstQuotient(forward, naiveProduct(sizes, absolute(x)).data),
            worstQuotient(back, naiveProduct(naiveTranspose(sizes), absolute(x)).data),
          ),
          tolerance: 2 * gamma(c.n + c.rank + 4, subject),
        };
      },
    }),
    define({
      id: "linalg/low-rank-plus-diagonal-solves",
      statement:
        "(D + U U^T) solve(b) = b for D > 0, to u times the condition of the capacitance matrix",
      source: "Sherman-Morrison-Woodbury; Yip, SIAM J. Sci. Stat. Comput. 7 (1986) 507",
      arbitrary: fc.record({
        n: size(1, 14),
        rank: size(0, 6),
        seed,
        b: seed,
        // 0: D of order one; up to 6 decades below U U^T.
        decades: size(0, 6),
        entries: fc.constantFrom("normal" as const, "whole" as const, "repeated" as const),
        scale: exponent,
      }),
      measure: (c, subject) => {
        const scale = scaleOf(subject, c.scale);
        const decades = unitRoundoff(subject) > 2 ** -53 ? c.decades / 3 : c.decades;
        const left = matrixOf(
          { rows: c.n, cols: c.rank, seed: c.seed, entries: c.entries },
          Math.sqrt(scale),
        );
        const diagonal = vectorOf(c.n, c.seed ^ 2).map(
          (v) => scale * 10 ** -decades * (0.5 + Math.min(2, Math.abs(v))),
        );
        const operator = subject.lowRankPlusDiagonal({ diagonal, left });
        const b = vectorOf(c.n, c.b);
        const x = operator.solve(b);
        const r = difference(b, operator.apply(x));
        const largest = Math.max(...diagonal);
        const smallest = Math.min(...diagonal);
        const low = length2(left.data) ** 2;
        // kappa(D) kappa(C) with C = I + U^T D^-1 U, ||C|| <= 1 + ||U||^2 / min D, ||C^-1|| <= 1: what each
        // Woodbury pass may lose. The refinement step wins it back where its square times u is small.
        const kappa = (largest / smallest) * (1 + low / smallest);
        const terms = 8 * (c.n + c.rank + 4) * (c.rank + 1);
        return {
          error: length2(r) / ((largest + low) * length2(x)),
          tolerance:
            gamma(terms, subject) * (1 + kappa * Math.min(1, gamma(terms, subject) * kappa)),
        };
      },
    }),
  ];
}
