import type { Dense } from "./dense.js";
import { DimensionError, DomainError } from "./errors.js";
import type { LinearOperator, OperatorTags } from "./linear-operator.js";
import { multiplyTransposeVector, multiplyVector } from "./product.js";
import { requireFinite, requireLength, requireNoOverlap, requireShape } from "./validate.js";

/** A linear operator whose transpose can be applied too. */
export interface AdjointOperator extends LinearOperator {
  applyTranspose(y: Float64Array, out?: Float64Array): Float64Array;
}

function isSymmetric(operator: LinearOperator): boolean {
  return operator.tags?.symmetric === true || operator.tags?.psd === true;
}

function target(
  out: Float64Array | undefined,
  length: number,
  inputName: string,
  input: Float64Array,
): Float64Array {
  if (out === undefined) return new Float64Array(length);
  requireLength("out", out, length);
  requireNoOverlap("out", out, inputName, input);
  return out;
}

function transposeAction(
  operator: LinearOperator,
): ((y: Float64Array, out?: Float64Array) => Float64Array) | undefined {
  if (operator.applyTranspose !== undefined) {
    return (y, out) => operator.applyTranspose!(y, out);
  }
  return isSymmetric(operator) ? (y, out) => operator.apply(y, out) : undefined;
}

/** How `operator` applies its transpose: itself when tagged symmetric. Throws when it cannot. */
function requireTransposeAction(
  name: string,
  operator: LinearOperator,
): (y: Float64Array, out?: Float64Array) => Float64Array {
  const action = transposeAction(operator);
  if (action === undefined) {
    throw new DomainError(`${name} has no applyTranspose and is not tagged symmetric`);
  }
  return action;
}

/** Leaves out the method when there is none, as `exactOptionalPropertyTypes` wants. */
function build(
  rows: number,
  cols: number,
  tags: OperatorTags,
  apply: LinearOperator["apply"],
  applyTranspose: LinearOperator["applyTranspose"],
): LinearOperator {
  return applyTranspose === undefined
    ? { rows, cols, tags, apply }
    : { rows, cols, tags, apply, applyTranspose };
}

/**
 * The matrix as an operator (a view: later changes of `matrix.data` show). O(rows cols) an application.
 *
 * @param tags - structure that the caller vouches for; it is not checked.
 */
export function denseOperator(matrix: Dense, tags: OperatorTags = {}): AdjointOperator {
  requireShape("matrix", matrix, matrix.rows, matrix.cols);
  if (isSymmetric({ rows: 0, cols: 0, tags, apply: (x) => x }) && matrix.rows !== matrix.cols) {
    throw new DimensionError(
      `matrix is ${matrix.rows} x ${matrix.cols}, a symmetric operator must be square`,
    );
  }
  return {
    rows: matrix.rows,
    cols: matrix.cols,
    tags,
    apply: (x, out) => multiplyVector(matrix, x, target(out, matrix.rows, "x", x)),
    applyTranspose: (y, out) =>
      multiplyTransposeVector(matrix, y, target(out, matrix.cols, "y", y)),
  };
}

/** diag(d): symmetric, and PSD when no entry is negative (looked up once, here). O(n). */
export function diagonalOperator(diagonal: Float64Array): AdjointOperator {
  requireFinite("diagonal", diagonal);
  const n = diagonal.length;
  const apply = (x: Float64Array, out?: Float64Array): Float64Array => {
    requireLength("x", x, n);
    // Entry by entry, so out may be x.
    const result = out ?? new Float64Array(n);
    requireLength("out", result, n);
    for (let i = 0; i < n; i++) result[i] = diagonal[i]! * x[i]!;
    return result;
  };
  const psd = diagonal.every((d) => d >= 0);
  return { rows: n, cols: n, tags: { symmetric: true, psd }, apply, applyTranspose: apply };
}

/** The n x n identity as an operator. */
export function identityOperator(n: number): AdjointOperator {
  return diagonalOperator(new Float64Array(n).fill(1));
}

/**
 * The product A1 A2 ... Am; the last one acts first. Intermediate vectors are allocated once, here.
 * It has a transpose when all of them have.
 *
 * @throws {@link DimensionError} when the sizes of neighbours differ, or the list is empty.
 */
export function composeOperators(...operators: readonly LinearOperator[]): LinearOperator {
  const first = operators[0];
  const last = operators[operators.length - 1];
  if (first === undefined || last === undefined) {
    throw new DimensionError("composeOperators needs at least one operator");
  }
  for (let i = 0; i + 1 < operators.length; i++) {
    const left = operators[i]!;
    const right = operators[i + 1]!;
    if (left.cols !== right.rows) {
      throw new DimensionError(
        `operators[${i}] is ${left.rows} x ${left.cols}, operators[${i + 1}] is ${right.rows} x ${right.cols}`,
      );
    }
  }
  const between = operators.slice(1).map((o) => new Float64Array(o.rows));
  const apply = (x: Float64Array, out?: Float64Array): Float64Array => {
    requireLength("x", x, last.cols);
    const result = target(out, first.rows, "x", x);
    let v = x;
    for (let i = operators.length - 1; i > 0; i--) v = operators[i]!.apply(v, between[i - 1]);
    return first.apply(v, result);
  };
  const transposes = operators.map(transposeAction);
  if (transposes.some((t) => t === undefined)) {
    return build(first.rows, last.cols, {}, apply, undefined);
  }
  const applyTranspose = (y: Float64Array, out?: Float64Array): Float64Array => {
    requireLength("y", y, first.rows);
    const result = target(out, last.cols, "y", y);
    let v = y;
    for (let i = 0; i < operators.length - 1; i++) v = transposes[i]!(v, between[i]);
    return transposes[operators.length - 1]!(v, result);
  };
  return build(first.rows, last.cols, {}, apply, applyTranspose);
}

/**
 * The sum A1 + ... + Am of operators of one shape; symmetric (PSD) when all are tagged so. One
 * intermediate vector of each side is allocated once, here.
 */
export function addOperators(...operators: readonly LinearOperator[]): LinearOperator {
  const first = operators[0];
  if (first === undefined) throw new DimensionError("addOperators needs at least one operator");
  const { rows, cols } = first;
  operators.forEach((o, i) => {
    if (o.rows !== rows || o.cols !== cols) {
      throw new DimensionError(
        `operators[${i}] is ${o.rows} x ${o.cols}, operators[0] is ${rows} x ${cols}`,
      );
    }
  });
  const psd = operators.every((o) => o.tags?.psd === true);
  const tags = { symmetric: operators.every(isSymmetric), psd };
  const sum =
    (
      actions: readonly ((x: Float64Array, out?: Float64Array) => Float64Array)[],
      scratch: Float64Array,
      inputLength: number,
      inputName: string,
    ) =>
    (x: Float64Array, out?: Float64Array): Float64Array => {
      requireLength(inputName, x, inputLength);
      const result = target(out, scratch.length, inputName, x);
      actions[0]!(x, result);
      for (let k = 1; k < actions.length; k++) {
        const term = actions[k]!(x, scratch);
        for (let i = 0; i < result.length; i++) result[i]! += term[i]!;
      }
      return result;
    };
  const forward = operators.map((o) => (x: Float64Array, out?: Float64Array) => o.apply(x, out));
  const apply = sum(forward, new Float64Array(rows), cols, "x");
  const transposes = operators.map(transposeAction).filter((t) => t !== undefined);
  const applyTranspose =
    transposes.length === operators.length
      ? sum(transposes, new Float64Array(cols), rows, "y")
      : undefined;
  return build(rows, cols, tags, apply, applyTranspose);
}

/** alpha A; PSD stays PSD when alpha >= 0. */
export function scaleOperator(alpha: number, operator: LinearOperator): LinearOperator {
  requireFinite("alpha", [alpha]);
  const times = (v: Float64Array): Float64Array => {
    for (let i = 0; i < v.length; i++) v[i]! *= alpha;
    return v;
  };
  const transposed = transposeAction(operator);
  return build(
    operator.rows,
    operator.cols,
    { symmetric: isSymmetric(operator), psd: operator.tags?.psd === true && alpha >= 0 },
    (x, out) => times(operator.apply(x, out ?? new Float64Array(operator.rows))),
    transposed && ((y, out) => times(transposed(y, out ?? new Float64Array(operator.cols)))),
  );
}

/**
 * A^T. `apply` and `applyTranspose` change places.
 *
 * @throws {@link DomainError} when `operator` has no transpose and is not tagged symmetric.
 */
export function transposeOperator(operator: LinearOperator): AdjointOperator {
  const apply = requireTransposeAction("operator", operator);
  return {
    rows: operator.cols,
    cols: operator.rows,
    tags: operator.tags ?? {},
    apply,
    applyTranspose: (y, out) => operator.apply(y, out),
  };
}

/**
 * A^T A (`side` "columns", the default: cols x cols) or A A^T (`side` "rows": rows x rows), never
 * formed: two applications of A each. Symmetric and PSD.
 */
export function gramOperator(
  operator: LinearOperator,
  side: "columns" | "rows" = "columns",
): AdjointOperator {
  const transposed = requireTransposeAction("operator", operator);
  const inner = side === "columns" ? operator.rows : operator.cols;
  const outer = side === "columns" ? operator.cols : operator.rows;
  const between = new Float64Array(inner);
  const apply = (x: Float64Array, out?: Float64Array): Float64Array => {
    requireLength("x", x, outer);
    const result = target(out, outer, "x", x);
    return side === "columns"
      ? transposed(operator.apply(x, between), result)
      : operator.apply(transposed(x, between), result);
  };
  return {
    rows: outer,
    cols: outer,
    tags: { symmetric: true, psd: true },
    apply,
    applyTranspose: apply,
  };
}

/** The operator as a matrix, by its action on the n unit vectors: n applications. For tests and small sizes. */
export function operatorToDense(operator: LinearOperator): Dense {
  const { rows, cols } = operator;
  const data = new Float64Array(rows * cols);
  const unit = new Float64Array(cols);
  const column = new Float64Array(rows);
  for (let j = 0; j < cols; j++) {
    unit.fill(0);
    unit[j] = 1;
    operator.apply(unit, column);
    for (let i = 0; i < rows; i++) data[i * cols + j] = column[i]!;
  }
  return { rows, cols, data };
}
