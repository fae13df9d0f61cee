import { type Dense, DomainError } from "@xent/linalg";

/**
 * Throws a DomainError when a computation whose inputs were finite left the range of
 * float64, so that no model returns NaN or Infinity silently.
 */
export function requireNoOverflow(what: string, values: Float64Array): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new DomainError(`${what} overflows float64: entry ${i} = ${values[i]}`);
    }
  }
}

/** {@link requireNoOverflow} for a matrix; returns it. */
export function checked(what: string, matrix: Dense): Dense {
  requireNoOverflow(what, matrix.data);
  return matrix;
}
