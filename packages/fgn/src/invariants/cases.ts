import { type Dense, fromRows } from "@xent/linalg";
import * as fc from "fast-check";

/** A batch whose Jacobian is that of a linear head on `features`, at logits of any kind. Small enough for dense matrices. */
export interface HeadCase {
  /** B x D. */
  readonly features: number[][];
  /** B x C. */
  readonly logits: number[][];
  readonly labels: number[];
  /** Weight of each example; at least one is positive. */
  readonly weights: number[];
  /** A parameter vector, length C D. */
  readonly v: number[];
  /** Another one. */
  readonly w: number[];
  /** Damping as a multiple of the largest curvature that the features allow. */
  readonly relativeDamping: number;
}

/** Which cases to draw. */
export interface HeadCaseOptions {
  /** Default 1. */
  readonly minClasses?: number;
  readonly maxClasses?: number;
  /** "ordinary": no masked classes and no margin beyond some tens. Default "any". */
  readonly margins?: "ordinary" | "any";
  /** Least relative damping drawn. Default 1e-4. */
  readonly minDamping?: number;
}

/** Small integers make ties; the finer values are multiples of 2^-10, so that shifts by 1e3 are exact. */
const entry = fc.oneof(
  fc.integer({ min: -2, max: 2 }),
  fc.integer({ min: -8192, max: 8192 }).map((k) => k / 1024),
);

const vectors = (length: number): fc.Arbitrary<number[]> =>
  fc.array(entry, { minLength: length, maxLength: length });

type RowKind = "ordinary" | "tied" | "shifted" | "far" | "sure" | "masked";

function logitRow(C: number, label: number, kinds: readonly RowKind[]): fc.Arbitrary<number[]> {
  return fc
    .record({
      row: vectors(C),
      kind: fc.constantFrom(...kinds),
      shift: fc.constantFrom(-1e3, 1e3),
      margin: fc.constantFrom(60, 745, 2000),
      mask: fc.array(fc.boolean(), { minLength: C, maxLength: C }),
    })
    .map(({ row, kind, shift, margin, mask }) =>
      row.map((z, j) => {
        if (kind === "tied") return 0;
        if (kind === "shifted") return z + shift;
        if (kind === "far" && j === label) return -margin;
        if (kind === "sure" && j === label) return margin;
        if (kind === "masked" && j !== label && mask[j] === true) return -Infinity;
        return z;
      }),
    );
}

/**
 * Batches of 1 to 6 examples, 1 to 4 features and up to 6 classes with the cases that break things: ties, equal
 * examples with different labels, shifts of 1e3, p_y down to e^-2000 and up to 1, masked classes (all
 * competitors too), one class, zero rows, feature scales from 1e-3 to 1e3, ignored examples.
 */
export function headCases(options: HeadCaseOptions = {}): fc.Arbitrary<HeadCase> {
  const { minClasses = 1, maxClasses = 6, margins = "any", minDamping = 1e-4 } = options;
  const kinds: RowKind[] = ["ordinary", "tied", "shifted"];
  if (margins === "any") kinds.push("far", "sure", "masked");
  return fc
    .record({
      B: fc.integer({ min: 1, max: 6 }),
      D: fc.integer({ min: 1, max: 4 }),
      C: fc.integer({ min: minClasses, max: maxClasses }),
    })
    .chain(({ B, D, C }) =>
      fc
        .array(fc.nat(C - 1), { minLength: B, maxLength: B })
        .chain((labels) =>
          fc.record({
            features: fc.array(vectors(D), { minLength: B, maxLength: B }),
            logits: fc.tuple(...labels.map((label) => logitRow(C, label, kinds))),
            labels: fc.constant(labels),
            weights: fc.array(fc.constantFrom(1, 1, 2, 3, 0), { minLength: B, maxLength: B }),
            v: vectors(C * D),
            w: vectors(C * D),
            relativeDamping: fc.constantFrom(minDamping, 1e-2, 1, 1e3),
            scale: fc.constantFrom(1, 1, 1, 1e-3, 1e3),
            twins: fc.boolean(),
          }),
        )
        .map(({ scale, twins, ...drawn }) => ({
          ...drawn,
          features: drawn.features.map((row, i) =>
            (twins && i === 1 ? drawn.features[0]! : row).map((x) => x * scale),
          ),
          weights: drawn.weights.some((w) => w > 0) ? drawn.weights : drawn.weights.map(() => 1),
        })),
    );
}

/** The logits as a matrix. */
export function logitsOf(c: HeadCase): Dense {
  return fromRows(c.logits);
}
