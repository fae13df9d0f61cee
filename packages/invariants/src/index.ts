/**
 * State analytic invariants as code; measure how far any implementation is from them.
 *
 * @packageDocumentation
 */
/** fast-check itself, in the one copy whose arbitraries `defineInvariant` takes. */
export * as fc from "fast-check";
export { type CheckOptions, type CheckResult, check } from "./check.js";
export {
  type AnyInvariant,
  type DeclaredPrecision,
  defineInvariant,
  type Invariant,
  type Measurement,
  UNIT_ROUNDOFF_FLOAT64,
  unitRoundoff,
} from "./invariant.js";
export { type NaNPlace, withNaNResults } from "./nan-results.js";
export { formatCase, formatFailure, formatReport, formatResult } from "./report.js";
export { entriesThatDiffer, WorstMeasurement, worstQuotient, worstQuotientOf } from "./worst.js";
