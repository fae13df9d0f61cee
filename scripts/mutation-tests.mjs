// Stands in for vitest while mutants are tested: `describe` and `test` collect, `expect` is vitest's own.
// Only what the tests of this repository use; anything else is an error and not a test that passes silently.
import { format } from "node:util";

export { expect } from "vitest";

/** { name, run } of every test, in the order of collection. */
export const collected = [];
const suites = [];

export function test(name, ...rest) {
  const run = rest.find((r) => typeof r === "function");
  collected.push({ name: [...suites, name].join(" > "), run });
}

export function describe(name, body) {
  suites.push(name);
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
