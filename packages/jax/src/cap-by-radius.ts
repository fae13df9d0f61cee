import { type Array as JaxArray, type JsTree, jvp, tree } from "@jax-js/jax";
import { type Dense, DimensionError, DomainError } from "@xent/linalg";
import { type LogitSlopes, type RadiusCapOptions, radiusCap } from "@xent/taylor-radius";
import { numbersOf, TreeLayout } from "./parameter-tree.js";

/** State of a gradient transformation. */
export type OptState = JsTree<JaxArray>;

/** The interface of the transformations of `@jax-js/optax`. All arguments are consumed. */
export interface GradientTransformation {
  init<Params extends JsTree<JaxArray>>(params: Params): OptState;
  update<Params extends JsTree<JaxArray>>(
    updates: Params,
    state: OptState,
    params?: Params,
  ): [Params, OptState];
}

/** Options of {@link capByRadius}: those of `radiusCap`, without the memory. */
export type CapByRadiusOptions = Omit<RadiusCapOptions, "window">;

/**
 * Shortens an update that is longer than r radii: multiplies it by `min(1, r rho / |updates|)`, rho the
 * distance to the nearest ghost along it. The last link of a `chain`, after the learning rate, since it
 * looks at what is about to be added to the parameters.
 *
 * It reads numbers to decide, so that it cannot stand inside `jit`, and it has no state. Costs one forward-mode
 * product with the logits and O(P).
 *
 * @param logits - logits [B, C] of the minibatch in hand, a function of the parameters alone; called at
 *   each update, so keep what it closes over with `.ref`.
 * @throws DomainError for options out of range; from `update` when `params` is missing or a number is not
 *   finite, DimensionError when `updates` is shaped unlike `params`.
 */
export function capByRadius<Params extends JsTree<JaxArray>>(
  logits: (params: Params) => JaxArray,
  options: CapByRadiusOptions = {},
): GradientTransformation {
  const cap = radiusCap(options);
  return {
    init(params) {
      tree.dispose(params);
      return [];
    },
    update(updates, state, params) {
      if (params === undefined) {
        tree.dispose(updates);
        tree.dispose(state);
        throw new DomainError("capByRadius needs the parameters: pass params to update");
      }
      const single = tree
        .leaves<JaxArray>(updates)
        .some((leaf) => leaf.dtype !== ("float64" as typeof leaf.dtype));
      const layout = new TreeLayout(params, single ? "float32" : "float64");
      let scale: number;
      try {
        const step = new Float64Array(layout.parameterCount);
        layout.toFlat("updates", tree.ref(updates), step);
        const slopes = slopesAt(logits, params as unknown as Params, layout as never);
        ({ scale } = cap.limit(step, slopes));
      } catch (error) {
        tree.dispose(updates);
        tree.dispose(state);
        throw error;
      } finally {
        tree.dispose(params);
      }
      // In float32 the factor is rounded once and each product once: half of 2^-22 in length.
      const factor = single && scale < 1 ? scale * (1 - 2 ** -22) : scale;
      if (factor === 1) return [updates, state];
      const [leaves, definition] = tree.flatten<JaxArray>(updates);
      const capped = leaves.map((u) => u.mul(factor));
      return [tree.unflatten(definition, capped) as typeof updates, state];
    },
  };
}

/** Logits and slopes for `radiusCap`; `params` stay the caller's. */
function slopesAt<Params extends JsTree<JaxArray>>(
  logits: (params: Params) => JaxArray,
  params: Params,
  layout: TreeLayout<Params>,
): LogitSlopes {
  let known: Dense | undefined;
  return {
    get logits() {
      known ??= rowsOf("logits", logits(tree.ref(params)));
      return known;
    },
    jvp(v) {
      const [value, slope] = jvp(
        logits,
        [tree.ref(params)] as never,
        [layout.toTree("v", v)] as never,
      );
      known = rowsOf("logits", value);
      return rowsOf("slopes", slope);
    },
  };
}

function rowsOf(name: string, array: JaxArray): Dense {
  const { shape } = array;
  if (shape.length !== 2) {
    array.dispose();
    throw new DimensionError(`${name} has shape [${shape.join(", ")}], expected [B, C]`);
  }
  return {
    rows: shape[0]!,
    cols: shape[1]!,
    data: Float64Array.from(numbersOf(array)),
  };
}
