import { defineConfig } from "vitest/config";

// What Stryker runs (scripts/mutation.mjs says which package): the package's own tests with fewer random cases, of fixed
// seeds and without shrinking, as a mutant needs to be found and not to be understood. README examples and figures resolve
// the package by its name, which leads past the mutated copy; softmax-invariants.test.ts is about softmaxes of others.
// Other packages come as built, and test files share one worker's modules: a mutant costs a second and not ten.
const folder = `packages/${process.env.XENT_MUTATION_PACKAGE}`;
export default defineConfig({
  test: {
    include: [`${folder}/test/**/*.test.ts`],
    exclude: ["**/readme.test.ts", "**/figure.test.ts", "**/softmax-invariants.test.ts"],
    setupFiles: ["./vitest.mutation.setup.ts"],
    server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } },
    testTimeout: 120_000,
    isolate: false,
    reporters: [],
    env: { XENT_RUNS: "20" },
  },
});
