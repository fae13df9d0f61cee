// Written by scripts/build-wasm.mjs; do not edit.

/** 1 / c with c = ln 2 / 256. */
export const INVERSE_STEP: f64 = 369.3299304675746;
/** c to 33 bits, so that n times it is exact. */
export const STEP_HIGH: f64 = 0.0027076061737716373;
/** The rest of c. */
export const STEP_LOW: f64 = 2.9064910585985925e-13;
/** 1/6 + 3 (c/2)^2 / 480: takes the term r^3/120 of (e^r - 1 - r) / r^2 along as its best multiple of r. */
export const C3: f64 = 0.16666667812155916;
/** 1 / 24. */
export const C4: f64 = 0.041666666666666664;
