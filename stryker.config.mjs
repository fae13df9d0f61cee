// Read by scripts/mutation.mjs, which names the package and its files.
const name = process.env.XENT_MUTATION_PACKAGE;

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: "vitest.mutation.config.ts", related: true },
  coverageAnalysis: "perTest",
  ignorePatterns: [
    "**",
    `!packages/${name}/**`,
    "!vitest.*.ts",
    "!package.json",
    "!tsconfig.base.json",
  ],
  concurrency: 1,
  // A mutant that loops for ever is a mutant found.
  timeoutMS: 6_000,
  timeoutFactor: 2,
  ignoreStatic: true,
  disableTypeChecks: false,
  allowEmpty: false,
  tempDirName: ".stryker-tmp",
  reporters: ["json", "clear-text"],
  clearTextReporter: { reportTests: false, reportScoreTable: true, allowColor: false },
  jsonReporter: { fileName: `reports/mutation/${name}.json` },
};
