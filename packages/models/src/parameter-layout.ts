import { type Dense, DomainError, requireFinite, requireLength, SeededRandom } from "@xent/linalg";

/** Where one named matrix of a model lies in the flat parameter vector: row-major, from `offset` on. */
export interface ParameterBlock {
  /** e.g. "layer1.weights". */
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly offset: number;
  /** How {@link ParametricModel.initialize} fills the block. */
  readonly start: BlockStart;
}

/** Independent normals of mean 0 and this standard deviation, or one constant. */
export type BlockStart =
  | { readonly kind: "normal"; readonly deviation: number }
  | { readonly kind: "constant"; readonly value: number };

/**
 * The single home of the question which parameter stands where: named matrices laid out one after
 * the other, without gaps, in one flat vector of length `parameterCount`.
 */
export interface ParameterLayout {
  readonly parameterCount: number;
  readonly blocks: readonly ParameterBlock[];
}

/** Lays blocks out in the order given. Names must differ. */
export function parameterLayout(
  blocks: readonly Omit<ParameterBlock, "offset">[],
): ParameterLayout {
  const laid: ParameterBlock[] = [];
  const names = new Set<string>();
  let offset = 0;
  for (const block of blocks) {
    if (names.has(block.name)) throw new DomainError(`block name "${block.name}" is used twice`);
    names.add(block.name);
    laid.push({ ...block, offset });
    offset += block.rows * block.cols;
  }
  return { parameterCount: offset, blocks: laid };
}

/** One block of `parameters` as a matrix that shares its memory. */
export function blockView(parameters: Float64Array, block: ParameterBlock): Dense {
  const { rows, cols, offset } = block;
  return { rows, cols, data: parameters.subarray(offset, offset + rows * cols) };
}

/**
 * Every block of `parameters` by name, as matrices that share its memory: writes go through.
 * Works for anything laid out like the parameters: gradients, directions, momenta.
 *
 * @throws DimensionError unless `parameters` has length P.
 */
export function parameterViews(
  layout: ParameterLayout,
  parameters: Float64Array,
): Record<string, Dense> {
  requireLength("parameters", parameters, layout.parameterCount);
  return Object.fromEntries(layout.blocks.map((b) => [b.name, blockView(parameters, b)]));
}

/**
 * A start as the layout prescribes it: block by block, entry by entry, from one generator, so the
 * same seed gives the same parameters.
 *
 * @param seed - 32-bit integer, or a generator to draw from.
 * @returns length P.
 */
export function initialParameters(
  layout: ParameterLayout,
  seed: number | SeededRandom,
): Float64Array {
  const random = typeof seed === "number" ? new SeededRandom(seed) : seed;
  const parameters = new Float64Array(layout.parameterCount);
  for (const block of layout.blocks) {
    const { data } = blockView(parameters, block);
    if (block.start.kind === "constant") data.fill(block.start.value);
    else for (let i = 0; i < data.length; i++) data[i] = block.start.deviation * random.normal();
  }
  return parameters;
}

/** Throws unless `parameters` has length P and is finite. */
export function requireParameters(
  name: string,
  parameters: Float64Array,
  layout: ParameterLayout,
): void {
  requireLength(name, parameters, layout.parameterCount);
  requireFinite(name, parameters);
}
