import type { Suite } from "./suite.js";

/** The suites of all packages of this repository, each on its own implementation. */
export const suites: readonly Suite[] = [];
