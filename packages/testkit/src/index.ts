/** Test support of this repository; not published. */

export { arraysMade } from "./arrays-made.js";
export { type Example, examplesOf } from "./examples.js";
export { runReadmeExamples } from "./readme.js";
export { loadReference } from "./reference.js";
