import type { Dense } from "@xent/linalg";
import type { Linearization, LogitModel } from "@xent/models";

/** What a training run asked of its model. */
export interface ModelCalls {
  /** Forward passes, with or without derivatives. */
  forward: number;
  jvp: number;
  vjp: number;
  /** Gram matrices in closed form. */
  gram: number;
}

function counted(point: Linearization, calls: ModelCalls): Linearization {
  return {
    logits: point.logits,
    parameterCount: point.parameterCount,
    jvp(v, out) {
      calls.jvp++;
      return point.jvp(v, out);
    },
    vjp(u, out) {
      calls.vjp++;
      return point.vjp(u, out);
    },
    ...(point.rowGram !== undefined && {
      rowGram(u: Dense, out?: Dense) {
        calls.gram++;
        return point.rowGram!(u, out);
      },
    }),
    // A reverse pass whose results are kept apart.
    ...(point.gradientRows !== undefined && {
      gradientRows(u: Dense, out?: Dense) {
        calls.vjp++;
        return point.gradientRows!(u, out);
      },
    }),
    // O(B (C + D)) on a head: not a product with the Jacobian.
    ...(point.gradientSquares !== undefined && {
      gradientSquares: (u: Dense, out?: Float64Array) => point.gradientSquares!(u, out),
    }),
  };
}

/** The model, counting what is asked of it. */
export function countingModel(model: LogitModel): { model: LogitModel; calls: ModelCalls } {
  const calls: ModelCalls = { forward: 0, jvp: 0, vjp: 0, gram: 0 };
  return {
    calls,
    model: {
      parameterCount: model.parameterCount,
      classCount: model.classCount,
      logits(parameters, batch) {
        calls.forward++;
        return model.logits(parameters, batch);
      },
      linearize(parameters, batch) {
        calls.forward++;
        return counted(model.linearize(parameters, batch), calls);
      },
    },
  };
}
