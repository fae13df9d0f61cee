import type { BenchCase } from "./bench-case.js";
import { fgnFullBatchCases, fgnGrowthCases, fgnStepCases } from "./fgn.bench.js";
import { choleskyCases, expCases, gramCases } from "./kernels.bench.js";
import { headProductCases, productCases, walshHadamardCases } from "./linalg.bench.js";
import { mlpDerivativeCases } from "./mlp.bench.js";
import { mlpPeers } from "./mlp-peers.bench.js";
import { radiusPoolCases } from "./parallel.bench.js";
import {
  choleskyPeers,
  expPeers,
  gramPeers,
  productPeers,
  softmaxPeers,
  walshHadamardPeers,
} from "./peers.bench.js";
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

type Suite = () => BenchCase[] | Promise<BenchCase[]>;

/** One suite of several: their cases of the same group and size are timed in turn. */
function together(...parts: readonly Suite[]): Suite {
  return async () => {
    const all: BenchCase[] = [];
    for (const part of parts) all.push(...(await part()));
    return all;
  };
}

/** A suite whose time should be proportional to `law` of the size, where its cases count no operations. */
function growsAs(law: (size: number) => number, suite: Suite): Suite {
  return async () =>
    (await suite()).map((c) => (c.operations === undefined ? { law: law(c.size), ...c } : c));
}

/** Cases over sizes of vectors and matrices whose peers count no operations: those of the first case of their size. */
function likeTheFirst(suite: Suite): Suite {
  return async () => {
    const all = await suite();
    return all.map((c) => {
      const first = all.find((d) => d.group === c.group && d.size === c.size)!;
      const law = c.law ?? c.operations ?? first.law ?? first.operations;
      return law === undefined ? c : { ...c, law };
    });
  };
}

const linear = (size: number): number => size;

/** Of a step of the linear head in C: gradient, row-space Gram matrix, and a Cholesky factor that knows no C. */
const fgnOperations = (classes: number): number =>
  2 * 128 * 512 * classes + 128 ** 2 * classes + 128 ** 3 / 3;

/** Every suite: builds its cases (and their inputs) when it is asked. Add a line for each. */
export const suites: readonly Suite[] = [
  likeTheFirst(together(walshHadamardCases, walshHadamardPeers)),
  likeTheFirst(together(productCases, productPeers)),
  growsAs(linear, headProductCases),
  likeTheFirst(together(gramCases, gramPeers)),
  likeTheFirst(together(choleskyCases, choleskyPeers)),
  likeTheFirst(together(expCases, expPeers)),
  likeTheFirst(together(softmaxCases, softmaxPeers)),
  growsAs(linear, softmaxRowsCases),
  together(mlpDerivativeCases, mlpPeers),
  growsAs(fgnOperations, fgnStepCases),
  fgnGrowthCases,
  fgnFullBatchCases,
  radiusBoundCases,
  exactBatchCases,
  nearestGhostCases,
  cappedTrainingCases,
  growsAs(linear, radiusPoolCases),
  growsAs((k) => k * Math.log2(k), spectralRightHandSideCases),
  spectralGrowthCases,
  denseAndSpectralCases,
  spectralFlowCases,
  integratorCases,
];
