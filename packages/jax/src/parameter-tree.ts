import { type Array as JaxArray, type JsTree, type JsTreeDef, numpy, tree } from "@jax-js/jax";
import { DimensionError, requireLength } from "@xent/linalg";
import type { JaxDtype } from "./precision.js";

/** Where one array of a parameter tree lies in the flat vector: row-major, from `offset` on. */
export interface JaxBlock {
  /** Keys and indices from the root of the tree, joined by dots, e.g. "layers.0.weights"; empty for a bare array. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

/** A tree of arrays of fixed shapes beside one flat vector. */
export class TreeLayout<Tree extends JsTree<JaxArray>> {
  readonly blocks: readonly JaxBlock[];
  readonly parameterCount: number;
  readonly #definition: JsTreeDef;
  readonly #dtype: JaxDtype;

  /** Leaves are looked at, not consumed. */
  constructor(example: Tree, dtype: JaxDtype) {
    const [leaves, definition] = tree.flatten<JaxArray>(example);
    const names = leafNames(definition, leaves.length);
    const blocks: JaxBlock[] = [];
    let offset = 0;
    leaves.forEach((leaf, i) => {
      blocks.push({ name: names[i]!, shape: leaf.shape.slice(), offset, size: leaf.size });
      offset += leaf.size;
    });
    if (offset === 0) {
      throw new DimensionError("parameters hold 0 numbers, expected at least 1");
    }
    this.blocks = blocks;
    this.parameterCount = offset;
    this.#definition = definition;
    this.#dtype = dtype;
  }

  /** A new tree of arrays with the numbers of `flat`, which its receiver owns. */
  toTree(name: string, flat: Float64Array): Tree {
    requireLength(name, flat, this.parameterCount);
    const arrays = this.blocks.map(({ shape, offset, size }) =>
      newArray(flat.subarray(offset, offset + size), shape, this.#dtype),
    );
    return tree.unflatten(this.#definition, arrays) as Tree;
  }

  /** The numbers of `values` in the order of the blocks. Consumes the tree. */
  toFlat(name: string, values: JsTree<JaxArray>, out: Float64Array): Float64Array {
    const [leaves, definition] = tree.flatten<JaxArray>(values);
    const misfit = !definition.equals(this.#definition)
      ? `${name} is ${definition.toString()}, expected ${this.#definition.toString()}`
      : leaves.flatMap((leaf, i) => this.#misfit(name, leaf, this.blocks[i]!))[0];
    if (misfit !== undefined) {
      tree.dispose(values);
      throw new DimensionError(misfit);
    }
    leaves.forEach((leaf, i) => {
      out.set(numbersOf(leaf), this.blocks[i]!.offset);
    });
    return out;
  }

  #misfit(name: string, leaf: JaxArray, block: JaxBlock): string[] {
    const [has, wanted] = [leaf.shape.join(" x "), block.shape.join(" x ")];
    return has === wanted ? [] : [`${name}.${block.name} is ${has}, expected ${wanted}`];
  }
}

/** The numbers of an array. Consumes it. The compiler does not know the type, which names Float16Array. */
export function numbersOf(array: JaxArray): ArrayLike<number> {
  return array.dataSync() as ArrayLike<number>;
}

/** An array with a copy of `data`. */
export function newArray(data: Float64Array, shape: readonly number[], dtype: JaxDtype): JaxArray {
  const own = dtype === "float64" ? data.slice() : Float32Array.from(data);
  return numpy.array(own, {
    shape: shape.slice(),
    dtype: dtype === "float64" ? numpy.float64 : numpy.float32,
  });
}

/** The path to each leaf in the order of `tree.flatten`, found by planting the numbers of the leaves. */
function leafNames(definition: JsTreeDef, count: number): string[] {
  const names: string[] = [];
  const walk = (node: unknown, path: readonly string[]): void => {
    if (typeof node === "number") names[node] = path.join(".");
    else {
      for (const [key, child] of Object.entries(node as object)) walk(child, [...path, key]);
    }
  };
  walk(
    tree.unflatten(
      definition,
      Array.from({ length: count }, (_, i) => i),
    ),
    [],
  );
  return names;
}
