import type { BenchCase } from "./bench-case.js";

/** Every suite: builds its cases (and their inputs) when it is asked. Add a line for each file. */
export const suites: readonly (() => BenchCase[] | Promise<BenchCase[]>)[] = [];
