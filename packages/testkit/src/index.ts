/** Test support of this repository; not published. */

export { runReadmeExamples } from "./readme.js";
export { loadReference } from "./reference.js";
