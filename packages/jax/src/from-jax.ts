import {
  type Array as JaxArray,
  type JsTree,
  jit,
  jvp,
  type OwnedFunction,
  tree,
  vjp,
} from "@jax-js/jax";
import {
  type Dense,
  DimensionError,
  DomainError,
  dense,
  requireFinite,
  requireInteger,
  requireLength,
  requireShape,
} from "@xent/linalg";
import type { Linearization, LogitModel } from "@xent/models";
import { type InputSource, sourceOf } from "./batch-input.js";
import { type JaxBlock, newArray, numbersOf, TreeLayout } from "./parameter-tree.js";
import { JAX_PRECISION, type JaxDtype, type JaxPrecision } from "./precision.js";

/** Options of {@link fromJax}. */
export interface FromJaxOptions<Batch = Dense, Input extends JsTree<JaxArray> = JaxArray> {
  /** C: columns of what the function returns. */
  readonly classCount: number;
  /**
   * Format of parameters, features and derivatives. "float64" (the default) keeps sums and products in
   * doubles; "float32" is several times faster, since jax-js has vector instructions for it alone.
   */
  readonly dtype?: JaxDtype;
  /**
   * Arrays that the function gets for a batch; they are consumed. Default: a B x D matrix of features
   * as one array of shape [B, D]. Called once for each linearization and for each forward pass.
   */
  readonly input?: (batch: Batch) => Input;
  /**
   * Default true. False runs the function operation by operation: slower, for what jax-js cannot compile (0.1.25:
   * the gradient of `take`), and then the function has to consume each array that it gets or makes.
   */
  readonly compile?: boolean;
}

/** A jax-js function as a `LogitModel`. */
export interface JaxModel<Tree extends JsTree<JaxArray>, Batch = Dense> extends LogitModel<Batch> {
  /** The parameters that were given, as a flat vector: a copy on each access. */
  readonly start: Float64Array;
  /** Which array of the tree lies where in the flat vector. */
  readonly blocks: readonly JaxBlock[];
  readonly dtype: JaxDtype;
  readonly precision: JaxPrecision;
  /** The flat vector (length P) as a new tree, owned by the caller. */
  toTree(parameters: Float64Array): Tree;
  /** The numbers of a tree of the same structure (parameters, gradients), length P. Consumes the tree. */
  toFlat(values: Tree): Float64Array;
  /** Frees the compiled programs; later calls compile anew. */
  dispose(): void;
}

/**
 * Turns a function of jax-js, (parameter tree, batch) to logits [B, C], into a model for everything
 * that takes a `LogitModel`: FGN, GGN, radii, radius cap, training. `jvp` is forward mode, `vjp` reverse
 * mode, `second` forward over forward; all are compiled once for each batch size and exact up to the
 * {@link JaxPrecision} of the format. The function must be pure. It owns its arguments, as is the rule of
 * jax-js: each is consumed by its first use, and `.ref` keeps one for another.
 *
 * No array of jax-js outlives a call: parameters and features go in as copies, results come out as
 * numbers, so nothing is to be disposed but the model itself. The price is that each derivative runs the
 * forward pass again.
 *
 * @param parameters - an example: shapes and start values. Consumed.
 * @throws DomainError, DimensionError for bad options, an empty tree, start values that are not
 *   finite. The methods of the model throw them for wrong shapes, for numbers that are not finite, and when
 *   a result is not (logits may be -Infinity: masked classes).
 */
export function fromJax<
  Tree extends JsTree<JaxArray>,
  Batch = Dense,
  Input extends JsTree<JaxArray> = JaxArray,
>(
  fn: (parameters: Tree, input: Input) => JaxArray,
  parameters: Tree,
  options: FromJaxOptions<Batch, Input>,
): JaxModel<Tree, Batch> {
  const { classCount, dtype = "float64", compile = true } = options;
  requireInteger("classCount", classCount, 1);
  if (!Object.hasOwn(JAX_PRECISION, dtype)) {
    throw new DomainError(`dtype = "${String(dtype)}", expected "float32" or "float64"`);
  }
  const layout = new TreeLayout(parameters, dtype);
  const start = layout.toFlat("parameters", parameters, new Float64Array(layout.parameterCount));
  requireFinite("parameters", start);
  const machine: Machine<Tree, Input> = {
    layout,
    programs: programsOf(fn, compile),
    classCount,
    dtype,
  };
  const source = (batch: Batch): InputSource<Input> => sourceOf(batch, options.input, dtype);
  return {
    parameterCount: layout.parameterCount,
    classCount,
    get start() {
      return start.slice();
    },
    blocks: layout.blocks,
    dtype,
    precision: JAX_PRECISION[dtype],
    toTree: (flat) => layout.toTree("parameters", flat),
    toFlat: (values) => layout.toFlat("values", values, new Float64Array(layout.parameterCount)),
    logits(flat, batch) {
      requireParameters("parameters", flat, layout);
      return logitsOf(machine, flat, source(batch));
    },
    linearize(flat, batch) {
      requireParameters("parameters", flat, layout);
      return new JaxLinearization(machine, flat.slice(), source(batch));
    },
    dispose() {
      const { forward, tangent, cotangent, second } = machine.programs;
      for (const { dispose } of [forward, tangent, cotangent, second]) dispose();
      // jax-js would take the freed ones from its cache.
      machine.programs = programsOf(fn, compile);
    },
  };
}

/** The compiled functions. Each consumes its arguments. */
interface Programs<Tree, Input> {
  readonly forward: OwnedFunction<(parameters: Tree, input: Input) => JaxArray>;
  readonly tangent: OwnedFunction<(parameters: Tree, v: Tree, input: Input) => JaxArray>;
  readonly cotangent: OwnedFunction<(parameters: Tree, u: JaxArray, input: Input) => Tree>;
  readonly second: OwnedFunction<
    (parameters: Tree, v: Tree, again: Tree, input: Input) => JaxArray
  >;
}

function programsOf<Tree extends JsTree<JaxArray>, Input extends JsTree<JaxArray>>(
  fn: (parameters: Tree, input: Input) => JaxArray,
  compile: boolean,
): Programs<Tree, Input> {
  const slope = (at: Tree, v: Tree, input: Input): JaxArray => {
    const [value, tangent] = jvp((q: Tree) => fn(q, input), [at] as never, [v] as never);
    value.dispose();
    return tangent;
  };
  const compiled = <F extends (...args: never[]) => unknown>(f: F): OwnedFunction<F> => {
    if (!compile) {
      const own = (...args: never[]): unknown => f(...args);
      return Object.assign(own, { dispose: () => undefined }) as unknown as OwnedFunction<F>;
    }
    // The types of `jit` allow numbers for arrays in the arguments, which these functions are never given.
    return jit(f as never) as unknown as OwnedFunction<F>;
  };
  return {
    forward: compiled(fn),
    tangent: compiled(slope),
    cotangent: compiled((at: Tree, u: JaxArray, input: Input): Tree => {
      const [value, pullback] = vjp((q: Tree) => fn(q, input), [at] as never);
      value.dispose();
      const [gradient] = pullback(u) as unknown as [Tree];
      pullback.dispose();
      return gradient;
    }),
    second: compiled((at: Tree, v: Tree, again: Tree, input: Input): JaxArray => {
      const along = (q: Tree): JaxArray => slope(q, again, input);
      const [value, tangent] = jvp(along, [at] as never, [v] as never);
      value.dispose();
      return tangent;
    }),
  };
}

/** What a model and its linearizations share. */
interface Machine<Tree extends JsTree<JaxArray>, Input extends JsTree<JaxArray>> {
  readonly layout: TreeLayout<Tree>;
  programs: Programs<Tree, Input>;
  readonly classCount: number;
  readonly dtype: JaxDtype;
}

function requireParameters(
  name: string,
  flat: Float64Array,
  layout: { readonly parameterCount: number },
): void {
  requireLength(name, flat, layout.parameterCount);
  requireFinite(name, flat);
}

/** The numbers of a B x C array. Consumes it. */
function toDense(name: string, array: JaxArray, machine: { readonly classCount: number }): Dense {
  const { shape } = array;
  if (shape.length !== 2 || shape[1] !== machine.classCount) {
    array.dispose();
    throw new DimensionError(
      `${name} has shape [${shape.join(", ")}], expected [B, ${machine.classCount}]`,
    );
  }
  return { rows: shape[0]!, cols: shape[1], data: Float64Array.from(numbersOf(array)) };
}

function logitsOf<Tree extends JsTree<JaxArray>, Input extends JsTree<JaxArray>>(
  machine: Machine<Tree, Input>,
  flat: Float64Array,
  source: InputSource<Input>,
): Dense {
  const { layout, programs } = machine;
  const logits = toDense(
    "logits",
    programs.forward(layout.toTree("parameters", flat), source()),
    machine,
  );
  for (let i = 0; i < logits.data.length; i++) {
    const z = logits.data[i]!;
    if (!(z < Infinity)) throw new DomainError(`logits.data[${i}] = ${z}: it overflows`);
  }
  return logits;
}

class JaxLinearization<Tree extends JsTree<JaxArray>, Input extends JsTree<JaxArray>>
  implements Linearization
{
  readonly logits: Dense;
  readonly parameterCount: number;
  readonly #machine: Machine<Tree, Input>;
  readonly #parameters: Float64Array;
  readonly #source: InputSource<Input>;

  /** Keeps `parameters` and `source`. */
  constructor(machine: Machine<Tree, Input>, parameters: Float64Array, source: InputSource<Input>) {
    this.logits = logitsOf(machine, parameters, source);
    this.parameterCount = machine.layout.parameterCount;
    this.#machine = machine;
    this.#parameters = parameters;
    this.#source = source;
  }

  jvp(v: Float64Array, out: Dense = dense(this.logits.rows, this.logits.cols)): Dense {
    const { programs } = this.#machine;
    return this.#along("jvp", v, out, (at, tangent, input) => programs.tangent(at, tangent, input));
  }

  second(v: Float64Array, out: Dense = dense(this.logits.rows, this.logits.cols)): Dense {
    const { programs } = this.#machine;
    return this.#along("second", v, out, (at, tangent, input) =>
      programs.second(at, tree.ref(tangent), tangent, input),
    );
  }

  #along(
    name: string,
    v: Float64Array,
    out: Dense,
    program: (at: Tree, v: Tree, input: Input) => JaxArray,
  ): Dense {
    const { layout } = this.#machine;
    requireParameters("v", v, layout);
    requireShape("out", out, this.logits.rows, this.logits.cols);
    const array = program(
      layout.toTree("parameters", this.#parameters),
      layout.toTree("v", v),
      this.#source(),
    );
    out.data.set(toDense(name, array, this.#machine).data);
    requireFinite(name, out.data);
    return out;
  }

  vjp(u: Dense, out: Float64Array = new Float64Array(this.parameterCount)): Float64Array {
    const { layout, programs, dtype } = this.#machine;
    requireShape("u", u, this.logits.rows, this.logits.cols);
    requireFinite("u.data", u.data);
    requireLength("out", out, this.parameterCount);
    const gradient = programs.cotangent(
      layout.toTree("parameters", this.#parameters),
      newArray(u.data, [u.rows, u.cols], dtype),
      this.#source(),
    );
    layout.toFlat("gradient", gradient, out);
    requireFinite("vjp", out);
    return out;
  }
}
