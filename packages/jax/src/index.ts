/**
 * Networks written for jax-js as logit models: FGN, GGN, radii and controllers work on them unchanged.
 *
 * @packageDocumentation
 */
/** The copy of jax-js that this package uses: in CommonJS, `require("@jax-js/jax")` would load another, whose arrays are strangers. */
export * as jax from "@jax-js/jax";
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
