import { defineConfig } from "vitest/config";
import shared from "../../vitest.shared.ts";

// The tests in a real browser, against the built site.
export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: ["test/browser/**/*.browser.ts"],
    globalSetup: ["test/browser/build-site.ts"],
    outputFile: { json: ".results/browser.json" },
    // One browser at a time: what is measured is the page, not the queue of the machine.
    fileParallelism: false,
  },
});
