import { type GroupTransform, walshHadamard } from "@xent/linalg";

/** x_c <- factor sum_g x_g Re chi_c(g), in place, for an even x; with factor 1/k it undoes itself with factor 1. */
export type EvenTransform = (x: Float64Array, factor: number) => void;

/** The transform of `group`; calling it allocates nothing. */
export function evenTransform(group: GroupTransform): EvenTransform {
  // One unbroken array: the transform in cache blocks is faster than the general plan's.
  if (group.orders.every((n) => n === 2)) return (x, factor) => void walshHadamard(x, factor);
  return (x, factor) => {
    group.evenSpectrum(x, x);
    if (factor !== 1) for (let i = 0; i < x.length; i++) x[i]! *= factor;
  };
}
