/**
 * The invariants of `@xent/softmax-spectral`, for its own implementation and for anybody's.
 *
 * @packageDocumentation
 */
import type { AnyInvariant } from "@xent/invariants";
import {
  type CovarianceSubject,
  covarianceInvariants,
  covarianceSubject,
} from "./invariants/covariance.js";
import {
  type CrossEntropySubject,
  crossEntropyInvariants,
  crossEntropySubject,
} from "./invariants/cross-entropy.js";
import {
  type GroupSoftmaxSubject,
  groupSoftmaxInvariants,
  groupSoftmaxSubject,
} from "./invariants/group-softmax.js";
import { type SchemeSubject, schemeInvariants, schemeSubject } from "./invariants/schemes.js";
import {
  type CompleteSoftmaxSubject,
  softmaxInvariants,
  softmaxSubject,
} from "./invariants/softmax.js";

export {
  type CovarianceSubject,
  covarianceInvariants,
  covarianceSubject,
} from "./invariants/covariance.js";
export {
  type CrossEntropySubject,
  crossEntropyInvariants,
  crossEntropySubject,
} from "./invariants/cross-entropy.js";
export type { GroupCase } from "./invariants/group-cases.js";
export {
  type GroupSoftmaxSubject,
  groupDiagonalisation,
  groupSoftmaxInvariants,
  groupSoftmaxSubject,
} from "./invariants/group-softmax.js";
export { type SchemeSubject, schemeInvariants, schemeSubject } from "./invariants/schemes.js";
export {
  type CompleteSoftmaxSubject,
  type SoftmaxSubject,
  softmaxInvariants,
  softmaxSubject,
} from "./invariants/softmax.js";

/** What is measured: pass your own implementation to check it. */
export interface SoftmaxSpectralSubject
  extends CompleteSoftmaxSubject,
    CrossEntropySubject,
    CovarianceSubject,
    GroupSoftmaxSubject,
    SchemeSubject {
  logSoftmax: (this: void, logits: Float64Array) => ArrayLike<number>;
  logSumExp: (this: void, logits: Float64Array) => number;
}

/** The implementation of this package. */
export const softmaxSpectralSubject: SoftmaxSpectralSubject = {
  ...crossEntropySubject,
  ...covarianceSubject,
  ...groupSoftmaxSubject,
  ...schemeSubject,
  ...softmaxSubject,
};

/** Everything that must always hold of this package. */
export function softmaxSpectralInvariants(): AnyInvariant<SoftmaxSpectralSubject>[] {
  return [
    ...softmaxInvariants(),
    ...crossEntropyInvariants(),
    ...covarianceInvariants(),
    ...groupSoftmaxInvariants(),
    ...schemeInvariants(),
  ];
}
