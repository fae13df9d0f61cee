import { type Array as JaxArray, type JsTree, numpy, tree } from "@jax-js/jax";
import { type Dense, DimensionError, requireFinite } from "@xent/linalg";
import { newArray } from "./parameter-tree.js";
import type { JaxDtype } from "./precision.js";

/** Makes the arrays of one batch anew at each call, for a receiver that owns them. */
export type InputSource<Input> = () => Input;

/**
 * A source with its own copy of the batch, in memory of JavaScript: what it keeps is freed by the
 * garbage collector, which arrays of jax-js would not be.
 */
export function sourceOf<Batch, Input extends JsTree<JaxArray>>(
  batch: Batch,
  input: ((batch: Batch) => Input) | undefined,
  dtype: JaxDtype,
): InputSource<Input> {
  return input === undefined
    ? // Without a function the batch is a matrix, and Input is one array.
      (featureSource(batch as Dense, dtype) as unknown as InputSource<Input>)
    : treeSource(input(batch));
}

function featureSource(batch: Dense, dtype: JaxDtype): InputSource<JaxArray> {
  const { rows, cols, data } = batch;
  if (!(data instanceof Float64Array) || data.length !== rows * cols) {
    throw new DimensionError("batch is not a matrix of features: pass options.input");
  }
  requireFinite("batch.data", data);
  const own = data.slice();
  return () => newArray(own, [rows, cols], dtype);
}

function treeSource<Input extends JsTree<JaxArray>>(arrays: Input): InputSource<Input> {
  const [leaves, definition] = tree.flatten<JaxArray>(arrays);
  const kept = leaves.map((leaf) => {
    const { shape, dtype } = leaf;
    return { shape, dtype, data: leaf.dataSync() as Float64Array };
  });
  return () =>
    tree.unflatten(
      definition,
      kept.map(({ data, shape, dtype }) => numpy.array(data.slice(), { shape, dtype })),
    ) as Input;
}
