import { defineConfig, type ViteUserConfig } from "vitest/config";

// Tests resolve the packages of this workspace to their sources, so that no build stands between
// an edit and its test; the built packages are checked by `npm run check:packages`.
const config: ViteUserConfig = defineConfig({
  resolve: { conditions: ["@xent/source"] },
  ssr: { resolve: { conditions: ["@xent/source", "node", "import", "default"] } },
  test: {
    include: ["test/**/*.test.ts"],
    reporters: ["default", "json"],
    outputFile: { json: ".results/vitest.json" },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});

export default config;
