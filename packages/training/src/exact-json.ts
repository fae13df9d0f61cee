import { DomainError } from "@xent/linalg";

/**
 * Doubles as JSON keeps them: `JSON.stringify` writes the shortest decimal that reads back as the same
 * double, except that it drops the sign of -0, which is therefore spelt out.
 */
export type ExactNumbers = (number | "-0")[];

/** Finite doubles in a form that survives JSON bit by bit. */
export function toExactNumbers(values: Float64Array): ExactNumbers {
  const out: ExactNumbers = Array.from(values);
  for (let i = 0; i < values.length; i++) if (Object.is(values[i], -0)) out[i] = "-0";
  return out;
}

/** What {@link toExactNumbers} wrote; `name` is for the message when it is something else. */
export function fromExactNumbers(name: string, values: unknown): Float64Array {
  if (!Array.isArray(values)) throw new DomainError(`${name} is not an array of numbers`);
  return Float64Array.from(values, (v: unknown, i) => {
    if (v === "-0") return -0;
    if (typeof v !== "number" || !Number.isFinite(v)) {
      throw new DomainError(`${name}[${i}] = ${String(v)} is not a finite number`);
    }
    return v;
  });
}

/** `value` as an object whose fields `Key` can be looked up, and may be undefined; anything else is an error. */
export function asRecord<Key extends string>(name: string, value: unknown): Record<Key, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new DomainError(`${name} is not an object`);
  }
  return value as Record<Key, unknown>;
}
