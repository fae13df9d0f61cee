import type { Dense } from "./dense.js";
import { DimensionError, DomainError } from "./errors.js";

/** Throws a {@link DimensionError} unless `values.length === length`. */
export function requireLength(name: string, values: ArrayLike<number>, length: number): void {
  if (values.length !== length) {
    throw new DimensionError(`${name} has length ${values.length}, expected ${length}`);
  }
}

/** Throws a {@link DimensionError} unless `matrix` is rows x cols and its data has that size. */
export function requireShape(name: string, matrix: Dense, rows: number, cols: number): void {
  if (matrix.rows !== rows || matrix.cols !== cols || matrix.data.length !== rows * cols) {
    throw new DimensionError(
      `${name} is ${matrix.rows} x ${matrix.cols} with ${matrix.data.length} entries, expected ${rows} x ${cols}`,
    );
  }
}

/** Throws a {@link DomainError} that names the first entry which is NaN or infinite. */
export function requireFinite(name: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new DomainError(`${name}[${i}] = ${values[i]} is not finite`);
    }
  }
}

/**
 * Throws a {@link DomainError} unless every entry is a logit: finite, or -Infinity (a masked class).
 * Rows without any finite entry are the business of the caller.
 */
export function requireLogits(name: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    // NaN fails the comparison, +Infinity too; -Infinity passes.
    if (!(v < Infinity)) {
      throw new DomainError(
        `${name}[${i}] = ${v} is not a logit (finite, or -Infinity for a masked class)`,
      );
    }
  }
}

/** Throws a {@link DomainError} unless `value` is finite and greater than zero. */
export function requirePositive(name: string, value: number): void {
  if (!(value > 0 && value < Infinity)) {
    throw new DomainError(`${name} = ${value}, expected a finite number > 0`);
  }
}

/** Throws a {@link DomainError} unless `value` is finite and at least zero. */
export function requireNonNegative(name: string, value: number): void {
  if (!(value >= 0 && value < Infinity)) {
    throw new DomainError(`${name} = ${value}, expected a finite number >= 0`);
  }
}

/** Throws a {@link DomainError} unless `value` is an integer in `minimum..maximum`. */
export function requireInteger(
  name: string,
  value: number,
  minimum: number,
  maximum: number = Number.MAX_SAFE_INTEGER,
): void {
  if (!Number.isSafeInteger(value) || value < minimum || value > maximum) {
    const range =
      maximum === Number.MAX_SAFE_INTEGER ? `>= ${minimum}` : `in ${minimum}..${maximum}`;
    throw new DomainError(`${name} = ${value}, expected an integer ${range}`);
  }
}

/** Throws unless `labels` has length `batchSize` and every label is an integer in 0..classCount-1. */
export function requireLabels(
  name: string,
  labels: ArrayLike<number>,
  batchSize: number,
  classCount: number,
): void {
  requireLength(name, labels, batchSize);
  for (let i = 0; i < batchSize; i++) {
    const y = labels[i]!;
    if (!Number.isInteger(y) || y < 0 || y >= classCount) {
      throw new DomainError(`${name}[${i}] = ${y} is outside 0..${classCount - 1}`);
    }
  }
}

/** Throws a {@link DimensionError} unless `matrix` is square and its data has that size. */
export function requireSquare(name: string, matrix: Dense): void {
  if (matrix.rows !== matrix.cols) {
    throw new DimensionError(
      `${name} is ${matrix.rows} x ${matrix.cols}, expected a square matrix`,
    );
  }
  requireShape(name, matrix, matrix.rows, matrix.cols);
}

/**
 * Throws unless `matrix` is square, finite, and symmetric up to rounding: every
 * |a_ij - a_ji| <= 2^-26 max |a|. Half the digits are forgiven, so a Gram matrix whose two
 * triangles were summed in different orders passes, and a matrix that is not symmetric does not.
 */
export function requireSymmetric(name: string, matrix: Dense): void {
  requireSquare(name, matrix);
  requireFinite(`${name}.data`, matrix.data);
  const { rows: n, data } = matrix;
  let largest = 0;
  for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i]!));
  // Halved, so that the difference of two huge entries does not overflow.
  const allowed = 2 ** -27 * largest;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const low = data[i * n + j]!;
      const high = data[j * n + i]!;
      if (!(Math.abs(low / 2 - high / 2) <= allowed)) {
        throw new DomainError(
          `${name} is not symmetric: entry (${i}, ${j}) = ${low}, entry (${j}, ${i}) = ${high}`,
        );
      }
    }
  }
}

/** Throws a {@link DomainError} when two arrays share memory, where the result of one overwrites the other. */
export function requireNoOverlap(
  name: string,
  out: Float64Array,
  otherName: string,
  other: ArrayLike<number>,
): void {
  if (!ArrayBuffer.isView(other) || other.buffer !== out.buffer) return;
  const startsBefore = out.byteOffset < other.byteOffset + other.byteLength;
  if (startsBefore && other.byteOffset < out.byteOffset + out.byteLength) {
    throw new DomainError(`${name} shares memory with ${otherName}; give it memory of its own`);
  }
}
