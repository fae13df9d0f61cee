import type { AnyInvariant } from "@xent/invariants";
import { eliminationInvariants } from "./invariants/elimination.js";
import { frameInvariants } from "./invariants/frames.js";
import { groupTransformInvariants } from "./invariants/group-transforms.js";
import { rectangularKrylovInvariants } from "./invariants/lsqr-lanczos.js";
import { operatorInvariants } from "./invariants/operators.js";
import { orthogonalDecompositionInvariants } from "./invariants/orthogonal-decompositions.js";
import { productInvariants } from "./invariants/products.js";
import type { LinalgSubject } from "./invariants/subject.js";
import { sumInvariants } from "./invariants/sums.js";
import { symmetricKrylovInvariants } from "./invariants/symmetric-krylov.js";
import { walshInvariants } from "./invariants/walsh.js";

export { type LinalgSubject, linalgSubject } from "./invariants/subject.js";

/** Everything that must always hold of the functions of this package. */
export function linalgInvariants(): AnyInvariant<LinalgSubject>[] {
  return [
    ...productInvariants(),
    ...sumInvariants(),
    ...walshInvariants(),
    ...groupTransformInvariants(),
    ...frameInvariants(),
    ...orthogonalDecompositionInvariants(),
    ...eliminationInvariants(),
    ...operatorInvariants(),
    ...symmetricKrylovInvariants(),
    ...rectangularKrylovInvariants(),
  ];
}
