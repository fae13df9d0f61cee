/**
 * Networks written for jax-js as logit models: FGN, GGN, radii and controllers work on them unchanged.
 *
 * @packageDocumentation
 */
export {
  type CapByRadiusOptions,
  capByRadius,
  type GradientTransformation,
  type OptState,
} from "./cap-by-radius.js";
export { type FromJaxOptions, fromJax, type JaxModel } from "./from-jax.js";
export type { JaxBlock } from "./parameter-tree.js";
export { JAX_PRECISION, type JaxDtype, type JaxPrecision } from "./precision.js";
export { startJax } from "./start-jax.js";
