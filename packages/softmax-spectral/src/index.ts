/**
 * Stable softmax calculus, and the softmax diagonalised by finite abelian groups.
 *
 * @packageDocumentation
 */
export { abelianGroups, defaultGroup, type Group } from "./abelian-group.js";
export {
  type AssociationScheme,
  associationScheme,
  intersectionNumber,
  isAssociationScheme,
  type SchemeCheck,
} from "./association-scheme.js";
export {
  cycleScheme,
  hammingScheme,
  johnsonScheme,
  petersenScheme,
} from "./classical-schemes.js";
export { softmaxCovariance, softmaxCovarianceApplyRows, softmaxVariance } from "./covariance.js";
export { softmaxCovarianceEigenvalues } from "./covariance-eigenvalues.js";
export {
  type CovarianceFactor,
  softmaxCovarianceFactor,
  softmaxCovariancePseudoInverse,
} from "./covariance-factor.js";
export {
  type CrossEntropyOptions,
  type CrossEntropyTerms,
  crossEntropy,
  crossEntropyGradient,
  crossEntropyRows,
  type Labels,
} from "./cross-entropy.js";
export { entropy, entropyRows, klDivergence, klDivergenceRows } from "./divergence.js";
export {
  groupSoftmaxCovariance,
  groupSoftmaxDerivative,
  groupSoftmaxMeanCovariance,
} from "./group-covariance.js";
export {
  type ComplexValues,
  evenEigenvalues,
  type GroupMatrix,
  type GroupStructure,
  type GroupStructureOptions,
  groupEigenbasis,
  groupEigenvalues,
  groupMatrix,
  groupMatrixFromSpectrum,
  groupMatrixToDense,
  groupOperator,
  groupSoftmax,
  isEvenSymbol,
  isGroupStructured,
  multiplyGroupMatrices,
  transposeGroupMatrix,
} from "./group-matrix.js";
export {
  type HadamardInitialization,
  type HadamardInitializationOptions,
  hadamardInitialization,
  layersFromSpectra,
  type SpectralLayersOptions,
} from "./hadamard-initialization.js";
export {
  logSoftmax,
  logSoftmaxRows,
  logSumExp,
  logSumExpRows,
  softmax,
  softmaxRows,
} from "./log-sum-exp.js";
export { logSigmoid, sigmoid, sigmoidVector, softplus, softplusVector } from "./logistic.js";
export {
  multiplySchemeMatrices,
  type SchemeMatrix,
  schemeEigenvalues,
  schemeMatrix,
  schemeMatrixFromSpectrum,
  schemeMatrixToDense,
  schemeSoftmax,
  schemeSoftmaxGaps,
} from "./scheme-matrix.js";
export { planSoftmaxGaps, type SoftmaxGapPlan, softmaxEigenvalueGaps } from "./softmax-gaps.js";
