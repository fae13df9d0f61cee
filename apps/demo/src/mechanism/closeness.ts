import { fgnStep, ggnStep } from "@xent/fgn";
import { type Dense, dense, dot, norm2, SeededRandom } from "@xent/linalg";
import { type Linearization, linearHead } from "@xent/models";

/** Where FGN and the full GGN are compared: a linear head with examples of one kind. */
export interface ClosenessCase {
  readonly classCount: number;
  /** p_y of every example. */
  readonly probability: number;
  /** max q of every example: 1 / (C - 1) when diffuse, 1 when one competitor has everything. */
  readonly concentration: number;
  readonly damping: number;
  readonly seed: number;
}

export interface Closeness extends ClosenessCase {
  /** Cosine of the FGN step to the GGN step. */
  readonly cosine: number;
  /** ||FGN step|| / ||GGN step||. */
  readonly normRatio: number;
}

const BATCH = 32;
const FEATURES = 16;

/** Logits with the given p_y and max q; the rest of the competitors share evenly. */
function logitsOf(point: ClosenessCase, labels: Int32Array, random: SeededRandom): Dense {
  const { classCount: C, probability, concentration } = point;
  const z = dense(labels.length, C);
  for (const [i, y] of labels.entries()) {
    const top = (y + 1 + random.integer(C - 1)) % C;
    const rest = C > 2 ? (1 - concentration) / (C - 2) : 0;
    for (let c = 0; c < C; c++) {
      const q = c === top ? concentration : rest;
      z.data[i * C + c] = c === y ? Math.log(probability) : Math.log((1 - probability) * q);
    }
  }
  return z;
}

/** Solves one case both ways, to a residual of 1e-10. B = 32 examples of D = 16 normal features. */
export function closeness(point: ClosenessCase): Closeness {
  const random = new SeededRandom(point.seed);
  const features: Dense = { rows: BATCH, cols: FEATURES, data: random.normals(BATCH * FEATURES) };
  const labels = Int32Array.from({ length: BATCH }, () => random.integer(point.classCount));
  const head = linearHead({
    featureCount: FEATURES,
    classCount: point.classCount,
    bias: false,
  });
  const origin = head.linearize(new Float64Array(head.parameterCount), features);
  const logits = logitsOf(point, labels, random);
  // The derivatives of a linear head do not depend on where it is: only its logits are moved.
  const linearization: Linearization = {
    logits,
    parameterCount: origin.parameterCount,
    jvp: (v, out) => origin.jvp(v, out),
    vjp: (u, out) => origin.vjp(u, out),
    rowGram: (u, out) => origin.rowGram!(u, out),
  };
  const options = { damping: point.damping, tolerance: 1e-10, maxIterations: 20_000 };
  const { step: fgn } = fgnStep(linearization, labels, options);
  const { step: ggn } = ggnStep(linearization, labels, options);
  return {
    ...point,
    cosine: dot(fgn, ggn) / (norm2(fgn) * norm2(ggn)),
    normRatio: norm2(fgn) / norm2(ggn),
  };
}
