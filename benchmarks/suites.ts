import type { BenchCase } from "./bench-case.js";
import { fgnFullBatchCases, fgnGrowthCases, fgnStepCases } from "./fgn.bench.js";
import { choleskyCases, expCases, gramCases } from "./kernels.bench.js";
import { headProductCases, productCases, walshHadamardCases } from "./linalg.bench.js";
import { mlpDerivativeCases } from "./mlp.bench.js";
import { radiusPoolCases } from "./parallel.bench.js";
import { softmaxCases, softmaxRowsCases } from "./softmax.bench.js";
import {
  cappedTrainingCases,
  exactBatchCases,
  nearestGhostCases,
  radiusBoundCases,
} from "./taylor-radius.bench.js";
import {
  denseAndSpectralCases,
  integratorCases,
  spectralFlowCases,
  spectralGrowthCases,
  spectralRightHandSideCases,
} from "./ufm.bench.js";

/** Every suite: builds its cases (and their inputs) when it is asked. Add a line for each. */
export const suites: readonly (() => BenchCase[] | Promise<BenchCase[]>)[] = [
  walshHadamardCases,
  productCases,
  headProductCases,
  gramCases,
  choleskyCases,
  expCases,
  softmaxCases,
  softmaxRowsCases,
  mlpDerivativeCases,
  fgnStepCases,
  fgnGrowthCases,
  fgnFullBatchCases,
  radiusBoundCases,
  exactBatchCases,
  nearestGhostCases,
  cappedTrainingCases,
  radiusPoolCases,
  spectralRightHandSideCases,
  spectralGrowthCases,
  denseAndSpectralCases,
  spectralFlowCases,
  integratorCases,
];
