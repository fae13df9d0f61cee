import type { Linearization } from "@xent/models";

/** Derivative products used so far. */
export interface ProductCounts {
  jvps: number;
  vjps: number;
  /** Closed-form row Gram matrices. */
  grams: number;
}

/** The same linearization, counting its products into `counts`. */
export function countedLinearization(
  linearization: Linearization,
  counts: ProductCounts,
): Linearization {
  return {
    logits: linearization.logits,
    parameterCount: linearization.parameterCount,
    jvp: (v, out) => {
      counts.jvps++;
      return linearization.jvp(v, out);
    },
    vjp: (u, out) => {
      counts.vjps++;
      return linearization.vjp(u, out);
    },
    ...(linearization.gradientRows === undefined
      ? {}
      : {
          gradientRows: (u, out) => {
            // It costs what one reverse pass costs.
            counts.vjps++;
            return linearization.gradientRows!(u, out);
          },
        }),
    // O(B (C + D)) on a head, the cheaper half of a reverse pass on an MLP: not counted.
    ...(linearization.gradientSquares === undefined
      ? {}
      : { gradientSquares: (u, out) => linearization.gradientSquares!(u, out) }),
    ...(linearization.rowGram === undefined
      ? {}
      : {
          rowGram: (u, out) => {
            counts.grams++;
            return linearization.rowGram!(u, out);
          },
        }),
  };
}
