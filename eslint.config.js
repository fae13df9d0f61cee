import tseslint from "typescript-eslint";

export default tseslint.config(
  {
    ignores: [
      "**/dist/**",
      "**/dist-docs/**",
      "**/.readme-examples/**",
      "docs/api/**",
      // AssemblyScript: another language in the clothes of this one, checked by its own compiler.
      "**/assembly/**",
      "**/coverage/**",
      "**/*.cjs",
      "**/*.mjs",
      "eslint.config.js",
    ],
  },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // Reads of a typed array are `number | undefined` under noUncheckedIndexedAccess; inside a
      // loop whose bound was checked, `!` says so at no cost.
      "@typescript-eslint/no-non-null-assertion": "off",
      // Biome's noExplicitAny does this one.
      "@typescript-eslint/no-explicit-any": "off",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/prefer-readonly": "error",
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "no-restricted-properties": [
        "error",
        {
          object: "Math",
          property: "random",
          message: "Use an explicit seeded generator (@xent/linalg SeededRandom).",
        },
      ],
      "no-restricted-globals": [
        "error",
        { name: "console", message: "A library does not print; return data." },
      ],
    },
  },
  {
    files: ["packages/*/src/**"],
    rules: { "@typescript-eslint/explicit-module-boundary-types": "error" },
  },
  {
    files: [
      "**/test/**",
      "apps/**",
      "benchmarks/**",
      "packages/*/src/cli*.ts",
      // It captures what README examples print.
      "packages/testkit/**",
    ],
    rules: { "no-restricted-globals": "off" },
  },
);
