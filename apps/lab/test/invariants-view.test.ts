import { expect, test } from "vitest";
import { readState } from "../src/url/fields.js";
import { checkOwn, type Outcome, runSuites, statements } from "../src/views/invariants/compute.js";
import { invariantsScript } from "../src/views/invariants/script.js";
import { EXAMPLES, invariantsSchema, NAIVE_SOFTMAX } from "../src/views/invariants/state.js";
import { runScript } from "./run-script.js";

const example = (name: string): string => EXAMPLES.find(([other]) => other === name)![1];

test("the filter narrows by package and by text", () => {
  const all = statements({ package: "all", text: "" });
  expect(all.length).toBeGreaterThan(200);
  const few = statements({ package: "taylor-radius", text: "RADIUS/BOUNDS" });
  expect(few.map((s) => s.id)).toEqual(["taylor-radius/bounds-in-order"]);
});

test("a run reports every statement, and stops when asked", async () => {
  const filter = {
    package: "softmax-spectral",
    text: "softmax-spectral/log-sum-exp",
    runs: 5,
    seed: 1,
  } as const;
  const listed = statements(filter);
  const last = new Map<string, Outcome>();
  await runSuites(filter, (o) => last.set(o.id, o));
  expect([...last.keys()]).toEqual(listed.map((s) => s.id));
  for (const outcome of last.values())
    expect([outcome.id, outcome.status, outcome.cases]).toEqual([outcome.id, "holds", 5]);
  let heard = 0;
  await runSuites(
    filter,
    () => heard++,
    () => heard >= 1,
  );
  expect(heard).toBe(1);
});

test("a softmax without the shift fails, and its counterexample shrinks", () => {
  const results = checkOwn(NAIVE_SOFTMAX, 200, 1);
  const failed = results.filter((r) => r.status === "fails");
  expect(failed.length).toBeGreaterThan(1);
  for (const { shrinks } of failed) {
    expect(shrinks.length).toBeGreaterThan(0);
    expect(shrinks.at(-1)!.size).toBeLessThanOrEqual(shrinks[0]!.size);
  }
});

test("a right softmax passes, in double and in declared single precision; an epsilon in the sum does not", () => {
  const status = (name: string) => new Set(checkOwn(example(name), 100, 1).map((r) => r.status));
  expect(status("With the shift")).toEqual(new Set(["holds"]));
  expect(status("In single precision, declared")).toEqual(new Set(["holds"]));
  expect(status("With an epsilon")).toContain("fails");
});

test("what is no softmax is refused with a reason", () => {
  expect(() => checkOwn("42", 1, 1)).toThrow(/expected a function/);
  expect(() => checkOwn("(z) => {", 1, 1)).toThrow(SyntaxError);
});

test("the script measures the same statements", async () => {
  const state = readState(invariantsSchema, new URLSearchParams("package=fgn&text=split&runs=7"));
  let cases = 0;
  await runSuites(state, (o) => {
    if (o.status === "holds") cases += o.cases;
  });
  const count = statements(state).length;
  expect(runScript(invariantsScript(state))).toEqual({
    statements: count,
    held: count,
    failed: 0,
    cases,
  });
});
