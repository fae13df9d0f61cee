import { type GroupTransform, walshHadamard } from "@xent/linalg";

/** x_c <- sum_g x_g Re chi_c(g), in place, for an even x: real and its own inverse up to the order. */
export type EvenTransform = (x: Float64Array) => void;

/** The transform of `group`; calling it allocates nothing. */
export function evenTransform(group: GroupTransform): EvenTransform {
  // One unbroken array: the transform in cache blocks is faster than the general plan's.
  if (group.orders.every((n) => n === 2)) return (x) => void walshHadamard(x);
  return (x) => void group.evenSpectrum(x, x);
}
