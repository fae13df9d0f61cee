// Stands in for vitest while mutants are tested: `describe` and `test` collect, `expect` is vitest's own.
// Only what the tests of this repository use; anything else is an error and not a test that passes silently.
import { format } from "node:util";

export { expect } from "vitest";

/** { name, run } of every test, in the order of collection. */
export const collected = [];

const newSuite = (name) => ({ name, before: [], after: [] });
/** From the file down to the innermost `describe`. */
let suites = [];

/** What is collected from here on belongs to another file. */
export function startFile() {
  suites = [newSuite("")];
}

// A mutant runs some tests of a suite, each on its own: the hooks of the suite go around each.
export function beforeAll(hook) {
  suites.at(-1).before.push(hook);
}

export function afterAll(hook) {
  suites.at(-1).after.push(hook);
}

export { afterAll as afterEach, beforeAll as beforeEach };

export function test(name, ...rest) {
  const body = rest.find((r) => typeof r === "function");
  const chain = [...suites];
  collected.push({
    name: [...chain.slice(1).map((s) => s.name), name].join(" > "),
    run: async () => {
      try {
        for (const hook of chain.flatMap((s) => s.before)) await hook();
        await body();
      } finally {
        for (const hook of chain.flatMap((s) => s.after).reverse()) await hook();
      }
    },
  });
}

export function describe(name, body) {
  suites.push(newSuite(name));
  const result = body();
  suites.pop();
  if (result instanceof Promise) throw new Error(`describe(${name}) is asynchronous`);
}

function each(define) {
  return (table) =>
    (name, ...rest) => {
      const body = rest.find((r) => typeof r === "function");
      for (const row of table) {
        const values = Array.isArray(row) ? row : [row];
        define(format(name, ...values), () => body(...values));
      }
    };
}

test.each = each(test);
describe.each = each(describe);
