import { planGroupTransform, walshHadamard } from "@xent/linalg";
import type { Group } from "./group.js";

/** x_c <- sum_g x_g Re chi_c(g), in place, for an even x: real and its own inverse up to the order. */
export type EvenTransform = (x: Float64Array) => void;

/** The transform of `group` with its buffers; calling it allocates nothing. */
export function evenTransform(group: Group): EvenTransform {
  if (group.isXor) return (x) => void walshHadamard(x);
  const plan = planGroupTransform(group.factors);
  return (x) => void plan.evenSpectrum(x, x);
}
