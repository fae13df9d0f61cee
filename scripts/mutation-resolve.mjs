// Module hook of scripts/mutation-runner.mjs: `vitest` is scripts/mutation-tests.mjs to everybody else.
const standIn = new URL("./mutation-tests.mjs", import.meta.url).href;

export function resolve(specifier, context, next) {
  return specifier === "vitest" && context.parentURL !== standIn
    ? { url: standIn, shortCircuit: true }
    : next(specifier, context);
}
