import { DomainError, type GroupTransform, requireFinite, requireLength } from "@xent/linalg";

/** Rounding that two modes of conjugate characters are forgiven, relative to the larger. */
const SLACK = 1e-12;

/**
 * Copies `spectrum` after checking that it is finite, has one entry a mode and is even: modes c
 * and -c share a real basis of characters, so they must have the same value. The copy is even to the last
 * bit. Each pair is held to its own size, since a small mode grows to matter.
 *
 * @throws DimensionError, DomainError naming the first pair that differs by more than rounding.
 */
export function evenSpectrum(
  name: string,
  group: GroupTransform,
  spectrum: ArrayLike<number>,
): Float64Array {
  requireLength(name, spectrum, group.size);
  requireFinite(name, spectrum);
  const out = Float64Array.from(spectrum);
  for (let c = 1; c < group.size; c++) {
    const d = group.negation[c]!;
    if (d <= c) continue;
    const a = spectrum[c]!;
    const b = spectrum[d]!;
    if (Math.abs(a - b) > SLACK * Math.max(Math.abs(a), Math.abs(b))) {
      throw new DomainError(
        `${name}[${c}] = ${a} and ${name}[${d}] = ${b} belong to conjugate characters and must be equal`,
      );
    }
    out[c] = a / 2 + b / 2;
    out[d] = out[c]!;
  }
  return out;
}
