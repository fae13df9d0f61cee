import {
  type AnyInvariant,
  type DeclaredPrecision,
  defineInvariant,
  type Invariant,
  unitRoundoff,
  WorstMeasurement,
} from "@xent/invariants";
import {
  type Dense,
  multiply,
  multiplyTransposeA,
  multiplyTransposeB,
  transpose,
} from "@xent/linalg";
import * as fc from "fast-check";
import type { Group } from "../abelian-group.js";
import { groupSoftmaxMeanCovariance } from "../group-covariance.js";
import {
  type ComplexValues,
  evenEigenvalues,
  type GroupMatrix,
  type GroupStructure,
  groupEigenbasis,
  groupEigenvalues,
  groupMatrix,
  groupSoftmax,
  isGroupStructured,
  multiplyGroupMatrices,
} from "../group-matrix.js";
import {
  type HadamardInitialization,
  type HadamardInitializationOptions,
  hadamardInitialization,
} from "../hadamard-initialization.js";
import { softmaxRows } from "../log-sum-exp.js";
import { softmaxEigenvalueGaps } from "../softmax-gaps.js";
import {
  evenPart,
  evenSymbolsOn,
  expand,
  type GroupCase,
  groupsUpTo,
  largeGroups,
  versine,
} from "./group-cases.js";
import { largestLogit, softmaxUnits, spread, UNDERFLOW } from "./logit-cases.js";

/** The softmax of group matrices under test. */
export interface GroupSoftmaxSubject extends DeclaredPrecision {
  groupSoftmax(this: void, matrix: GroupMatrix): GroupMatrix;
  groupEigenvalues(this: void, matrix: GroupMatrix): ComplexValues;
  evenEigenvalues(this: void, matrix: GroupMatrix): ArrayLike<number>;
  groupEigenbasis(this: void, group: Group): Dense;
  multiplyGroupMatrices(this: void, a: GroupMatrix, b: GroupMatrix): GroupMatrix;
  isGroupStructured(this: void, matrix: Dense, group: Group): GroupStructure;
  softmaxEigenvalueGaps(this: void, group: Group, symbol: Float64Array): ArrayLike<number>;
  groupSoftmaxMeanCovariance(this: void, matrix: GroupMatrix): GroupMatrix;
  hadamardInitialization(
    this: void,
    options: HadamardInitializationOptions,
  ): HadamardInitialization;
}

/** The implementation of this package. */
export const groupSoftmaxSubject: GroupSoftmaxSubject = {
  groupSoftmax: (matrix) => groupSoftmax(matrix),
  groupEigenvalues: (matrix) => groupEigenvalues(matrix),
  evenEigenvalues: (matrix) => evenEigenvalues(matrix),
  groupEigenbasis: (group) => groupEigenbasis(group),
  multiplyGroupMatrices,
  isGroupStructured: (matrix, group) => isGroupStructured(matrix, group),
  softmaxEigenvalueGaps: (group, symbol) => softmaxEigenvalueGaps(group, symbol),
  groupSoftmaxMeanCovariance,
  hadamardInitialization,
};

/** Column softmax of the dense matrix, the route that knows nothing of groups. */
function denseColumnSoftmax({ orders, symbol }: GroupCase): Dense {
  return transpose(softmaxRows(transpose(expand(orders, symbol))));
}

/** Every group up to order 64, and some above. */
const anyGroup = fc.oneof(
  { weight: 4, arbitrary: groupsUpTo(64) },
  { weight: 1, arbitrary: largeGroups },
);

/** The statement that a group diagonalises the softmax, alone: to run it on chosen groups. O(k^3) a case. */
export const groupDiagonalisation: Invariant<GroupCase, GroupSoftmaxSubject> =
  defineInvariant<GroupSoftmaxSubject>()({
    id: "softmax-spectral/group-diagonalisation",
    statement:
      "Z_ij = zeta(i - j), zeta even: Phi is orthogonal and Phi^T P Phi = diag(phat) for the column softmax P of the dense Z",
    source: "[H] for Z_2^m; docs/theory 1.2 for every abelian group",
    arbitrary: evenSymbolsOn(anyGroup),
    measure: (testCase, subject) => {
      const { orders, symbol } = testCase;
      const k = symbol.length;
      const u = unitRoundoff(subject);
      const phi = subject.groupEigenbasis(orders);
      const p = denseColumnSoftmax(testCase);
      const inBasis = multiplyTransposeA(phi, multiply(p, phi));
      const gram = multiplyTransposeA(phi, phi);
      const phat = subject.evenEigenvalues(subject.groupSoftmax(groupMatrix(orders, symbol)));
      const worst = new WorstMeasurement();
      // Entries of Phi are below sqrt(2 / k), rounded a few log k times by the transform: its products of
      // length k are right to 2 (k + 8 log2 k + 8) units. P is doubly stochastic, of norm 1, right to
      // softmaxUnits of the logits' range in each entry.
      const basis = 2 * (k + 8 * Math.log2(k) + 8);
      const tolerance = (2 * basis + 2 * softmaxUnits(k, Math.min(spread(symbol), 750) / 4)) * u;
      for (let i = 0; i < k; i++) {
        for (let j = 0; j < k; j++) {
          const at = i * k + j;
          worst.add(Math.abs(gram.data[at]! - (i === j ? 1 : 0)), basis * u);
          worst.add(Math.abs(inBasis.data[at]! - (i === j ? phat[i]! : 0)), tolerance);
        }
      }
      return worst.measurement;
    },
  });

const spectra: readonly AnyInvariant<GroupSoftmaxSubject>[] = [
  defineInvariant<GroupSoftmaxSubject>()({
    id: "softmax-spectral/group-spectrum",
    statement:
      "phat of the trivial character is 1, every |phat| <= 1, and all are real for an even symbol",
    source: "[H]; docs/theory 1.1: columns of P sum to one",
    arbitrary: evenSymbolsOn(anyGroup),
    measure: ({ orders, symbol }, subject) => {
      const k = symbol.length;
      const { re, im } = subject.groupEigenvalues(
        subject.groupSoftmax(groupMatrix(orders, symbol)),
      );
      const worst = new WorstMeasurement();
      // Transform of k numbers >= 0 that sum to one: a few units for each of its levels, and as many
      // again for an order that goes through a longer convolution.
      const tolerance = (k + 16 * Math.log2(2 * k) + 16) * unitRoundoff(subject);
      worst.add(Math.abs(re[0]! - 1), tolerance);
      for (let c = 0; c < k; c++) {
        worst.add(Math.abs(im[c]!), tolerance);
        worst.add(Math.max(0, Math.abs(re[c]!) - 1), tolerance);
      }
      return worst.measurement;
    },
  }),
  defineInvariant<GroupSoftmaxSubject>()({
    id: "softmax-spectral/group-eigenvalue-gaps",
    statement: "1 - phat_c = sum_m pi_m (1 - Re chi_c(m)), in [0, 2], to relative accuracy",
    source: "docs/theory 2.5; brute force over elements",
    arbitrary: evenSymbolsOn(anyGroup),
    measure: ({ orders, symbol }, subject) => {
      const k = symbol.length;
      const u = unitRoundoff(subject);
      const found = subject.softmaxEigenvalueGaps(orders, symbol);
      const pi = softmaxRows({ rows: 1, cols: k, data: symbol }).data;
      const worst = new WorstMeasurement();
      worst.add(Math.abs(found[0]!), 0);
      // Two sums of k terms >= 0, of exponentials that carry the roundings of their argument; the
      // versines are right to a few units. Above order 128 a group that is not Z_2^m has absolute accuracy.
      const units = 4 * k + 160 + 4 * Math.min(spread(symbol), 750);
      const fast = k > 128 && orders.some((n) => n > 2) ? 8 * Math.log2(k) * u : 0;
      for (let c = 1; c < k; c++) {
        let want = 0;
        for (let m = 1; m < k; m++) want += pi[m]! * versine(orders, c, m);
        worst.add(Math.abs(found[c]! - want), units * u * want + fast + UNDERFLOW);
        worst.add(Math.max(0, -found[c]!), 4 * u);
        // The upper end is attained, by all mass on elements with chi_c = -1, and then 2 carries the error of
        // the sum. (One unit in the last place above 2, 4 u, occurs in one case of 400.)
        worst.add(Math.max(0, found[c]! - 2), 2 * units * u + fast);
      }
      return worst.measurement;
    },
  }),
];

const algebra: readonly AnyInvariant<GroupSoftmaxSubject>[] = [
  defineInvariant<GroupSoftmaxSubject>()({
    id: "softmax-spectral/group-closure",
    statement:
      "products and column softmaxes of dense group matrices are group matrices: the product and the softmax of the symbols",
    source: "docs/theory 1.2",
    arbitrary: groupsUpTo(36).chain((orders) => {
      const k = orders.reduce((a, b) => a * b, 1);
      // Not even: closure does not need it.
      const symbols = fc.array(fc.double({ min: -4, max: 4, noNaN: true }), {
        minLength: k,
        maxLength: k,
      });
      return fc.record({ orders: fc.constant(orders), a: symbols, b: symbols });
    }),
    measure: ({ orders, a, b }, subject) => {
      const k = a.length;
      const u = unitRoundoff(subject);
      const [x, y] = [expand(orders, a), expand(orders, b)];
      const [za, zb] = [a, b].map((s) => groupMatrix(orders, Float64Array.from(s)));
      const norm = (s: number[]): number => Math.hypot(...s);
      const worst = new WorstMeasurement();
      const compare = (dense: Dense, found: GroupMatrix, tolerance: number): void => {
        const { nearest, distance } = subject.isGroupStructured(dense, orders);
        // Frobenius distance: k^2 entries, each off by at most the tolerance.
        worst.add(distance, k * tolerance);
        for (let g = 0; g < k; g++) {
          worst.add(Math.abs(nearest.symbol[g]! - found.symbol[g]!), tolerance);
        }
      };
      const product = subject.multiplyGroupMatrices(za!, zb!);
      // Sums of k products, at most ||a|| ||b||; averages of k entries; three transforms.
      compare(multiply(x, y), product, (4 * k + 64) * u * norm(a) * norm(b) + UNDERFLOW);
      const p = transpose(softmaxRows(transpose(x)));
      compare(p, subject.groupSoftmax(za!), (2 * softmaxUnits(k, 2) + 2 * k) * u);
      return worst.measurement;
    },
  }),
  defineInvariant<GroupSoftmaxSubject>()({
    id: "softmax-spectral/group-mean-covariance",
    statement: "the mean over columns of diag(p_j) - p_j p_j^T is (I - P P^T) / k",
    source: "[ours]: sum_j diag(p_j) = I, because rows of P sum to one",
    arbitrary: evenSymbolsOn(groupsUpTo(36)),
    measure: (testCase, subject) => {
      const { orders, symbol } = testCase;
      const k = symbol.length;
      const p = denseColumnSoftmax(testCase);
      const found = subject.groupSoftmaxMeanCovariance(groupMatrix(orders, symbol)).symbol;
      const product = multiplyTransposeB(p, p);
      const worst = new WorstMeasurement();
      const units = 2 * softmaxUnits(k, Math.min(spread(symbol), 750) / 4) + 2 * k + 64;
      for (let g = 0; g < k; g++) {
        const want = ((g === 0 ? 1 : 0) - product.data[g * k]!) / k;
        worst.add(Math.abs(found[g]! - want), (units * unitRoundoff(subject)) / k);
      }
      return worst.measurement;
    },
  }),
  defineInvariant<GroupSoftmaxSubject>()({
    id: "softmax-spectral/hadamard-initialization",
    statement: "W2 W1 = Phi diag(s) Phi^T, and W2^T W2 = W1 W1^T when balanced",
    source: "[H] for Z_2^m; docs/theory 2.2",
    arbitrary: fc.record({
      group: evenSymbolsOn(groupsUpTo(24)),
      extra: fc.nat(4),
      seed: fc.option(fc.nat(1000), { nil: undefined }),
    }),
    measure: ({ group: { orders, symbol }, extra, seed }, subject) => {
      const k = symbol.length;
      const width = k + extra;
      // Any even sequence is a spectrum.
      const spectrum = evenPart(orders, symbol);
      const { w1, w2 } = subject.hadamardInitialization({
        classCount: k,
        width,
        spectrum,
        group: orders,
        ...(seed === undefined ? {} : { seed }),
      });
      const phi = subject.groupEigenbasis(orders);
      const scaled = { ...phi, data: phi.data.map((v, e) => v * spectrum[e % k]!) };
      const want = multiplyTransposeB(scaled, phi);
      const z = multiply(w2, w1);
      const left = multiplyTransposeA(w2, w2);
      const right = multiplyTransposeB(w1, w1);
      const worst = new WorstMeasurement();
      // A random frame is orthonormal to a few width units, the transforms to a few log k, and the products sum width terms.
      const tolerance = 16 * (width + k) * unitRoundoff(subject) * largestLogit(spectrum);
      for (let e = 0; e < k * k; e++) {
        worst.add(Math.abs(z.data[e]! - want.data[e]!), tolerance + UNDERFLOW);
      }
      for (let e = 0; e < width * width; e++) {
        worst.add(Math.abs(left.data[e]! - right.data[e]!), tolerance + UNDERFLOW);
      }
      return worst.measurement;
    },
  }),
];

/** Group matrices and their softmax. The first costs O(k^3) a case. */
export function groupSoftmaxInvariants(): AnyInvariant<GroupSoftmaxSubject>[] {
  return [groupDiagonalisation, ...spectra, ...algebra];
}
