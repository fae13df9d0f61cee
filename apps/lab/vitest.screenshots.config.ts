import { defineConfig } from "vitest/config";
import browser from "./vitest.browser.config.ts";

// Not tests: writes the pictures of the README.
export default defineConfig({
  ...browser,
  test: { ...browser.test, include: ["test/browser/screenshots.ts"], reporters: ["default"] },
});
