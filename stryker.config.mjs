// Read by scripts/mutation.mjs, which names the package and its files.
const name = process.env.XENT_MUTATION_PACKAGE;

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  testRunner: "loaded",
  plugins: ["./scripts/mutation-runner.mjs"],
  coverageAnalysis: "perTest",
  ignoreStatic: true,
  ignorePatterns: [
    "**",
    `!packages/${name}/**`,
    `packages/${name}/node_modules`,
    "!package.json",
    "!tsconfig.base.json",
  ],
  disableTypeChecks: false,
  concurrency: 1,
  // A mutant that loops for ever is a mutant found.
  timeoutMS: 6_000,
  timeoutFactor: 1.25,
  tempDirName: ".stryker-tmp",
  reporters: ["json", "clear-text", "progress-append-only"],
  clearTextReporter: { reportTests: false, allowColor: false },
  jsonReporter: { fileName: `reports/mutation/${name}.json` },
};
