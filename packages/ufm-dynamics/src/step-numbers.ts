import { DomainError, requireInteger } from "@xent/linalg";

/** A copy of the numbers of steps after which to report: integers >= 0, not decreasing, at least one. */
export function requireStepNumbers(name: string, values: ArrayLike<number>): number[] {
  const out = Array.from(values);
  if (out.length === 0) throw new DomainError(`${name} is empty`);
  for (const [i, n] of out.entries()) requireInteger(`${name}[${i}]`, n, i === 0 ? 0 : out[i - 1]!);
  return out;
}
