import type { DeclaredPrecision } from "@xent/invariants";
import { cholesky } from "../cholesky.js";
import { compensatedDot, compensatedSum } from "../compensated.js";
import { conjugateGradient } from "../conjugate-gradient.js";
import { transpose } from "../dense.js";
import { orthonormalCompletion, randomOrthonormal, simplexEtf } from "../frames.js";
import { gramMatrix } from "../gram-matrix.js";
import { planGroupTransform } from "../group-transform.js";
import { hadamardMatrix, kronecker, paleyHadamard, sylvesterHadamard } from "../hadamard.js";
import { lanczosExtremes } from "../lanczos.js";
import { lowRankPlusDiagonal } from "../low-rank-plus-diagonal.js";
import { lsqr } from "../lsqr.js";
import { luFactor } from "../lu.js";
import { minres } from "../minres.js";
import {
  addOperators,
  composeOperators,
  denseOperator,
  diagonalOperator,
  gramOperator,
  operatorToDense,
  scaleOperator,
  transposeOperator,
} from "../operator-algebra.js";
import {
  multiply,
  multiplyTransposeA,
  multiplyTransposeB,
  multiplyTransposeVector,
  multiplyVector,
} from "../product.js";
import { leastSquares, qr } from "../qr.js";
import { SeededRandom } from "../random.js";
import { singularValues, svd } from "../svd.js";
import { symmetricEigen } from "../symmetric-eigen.js";
import { dot, norm2 } from "../vector.js";
import { walshHadamard } from "../walsh-hadamard.js";

/** The functions that the invariants of this package measure: replace any of them by your own. */
export interface LinalgSubject extends DeclaredPrecision {
  readonly dot: typeof dot;
  readonly norm2: typeof norm2;
  readonly compensatedSum: typeof compensatedSum;
  readonly compensatedDot: typeof compensatedDot;
  readonly transpose: typeof transpose;
  readonly multiply: typeof multiply;
  readonly multiplyTransposeA: typeof multiplyTransposeA;
  readonly multiplyTransposeB: typeof multiplyTransposeB;
  readonly gramMatrix: typeof gramMatrix;
  readonly multiplyVector: typeof multiplyVector;
  readonly multiplyTransposeVector: typeof multiplyTransposeVector;
  readonly walshHadamard: typeof walshHadamard;
  readonly planGroupTransform: typeof planGroupTransform;
  readonly sylvesterHadamard: typeof sylvesterHadamard;
  readonly paleyHadamard: typeof paleyHadamard;
  readonly hadamardMatrix: typeof hadamardMatrix;
  readonly kronecker: typeof kronecker;
  readonly simplexEtf: typeof simplexEtf;
  readonly orthonormalCompletion: typeof orthonormalCompletion;
  readonly randomOrthonormal: typeof randomOrthonormal;
  readonly qr: typeof qr;
  readonly leastSquares: typeof leastSquares;
  readonly svd: typeof svd;
  readonly singularValues: typeof singularValues;
  readonly symmetricEigen: typeof symmetricEigen;
  readonly cholesky: typeof cholesky;
  readonly luFactor: typeof luFactor;
  readonly denseOperator: typeof denseOperator;
  readonly diagonalOperator: typeof diagonalOperator;
  readonly composeOperators: typeof composeOperators;
  readonly addOperators: typeof addOperators;
  readonly scaleOperator: typeof scaleOperator;
  readonly transposeOperator: typeof transposeOperator;
  readonly gramOperator: typeof gramOperator;
  readonly operatorToDense: typeof operatorToDense;
  readonly lowRankPlusDiagonal: typeof lowRankPlusDiagonal;
  readonly conjugateGradient: typeof conjugateGradient;
  readonly minres: typeof minres;
  readonly lsqr: typeof lsqr;
  readonly lanczosExtremes: typeof lanczosExtremes;
  readonly SeededRandom: typeof SeededRandom;
}

/** The implementation of this package. */
export const linalgSubject: LinalgSubject = {
  dot,
  norm2,
  compensatedSum,
  compensatedDot,
  transpose,
  multiply,
  multiplyTransposeA,
  multiplyTransposeB,
  gramMatrix,
  multiplyVector,
  multiplyTransposeVector,
  walshHadamard,
  planGroupTransform,
  sylvesterHadamard,
  paleyHadamard,
  hadamardMatrix,
  kronecker,
  simplexEtf,
  orthonormalCompletion,
  randomOrthonormal,
  qr,
  leastSquares,
  svd,
  singularValues,
  symmetricEigen,
  cholesky,
  luFactor,
  denseOperator,
  diagonalOperator,
  composeOperators,
  addOperators,
  scaleOperator,
  transposeOperator,
  gramOperator,
  operatorToDense,
  lowRankPlusDiagonal,
  conjugateGradient,
  minres,
  lsqr,
  lanczosExtremes,
  SeededRandom,
};
