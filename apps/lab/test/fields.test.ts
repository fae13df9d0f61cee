import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  choiceField,
  flagField,
  integerField,
  numberField,
  numbersField,
  readState,
  type Schema,
  textField,
  writeState,
} from "../src/url/fields.js";

interface State {
  readonly n: number;
  readonly i: number;
  readonly list: readonly number[];
  readonly mode: "a" | "b";
  readonly on: boolean;
  readonly text: string;
}

const schema: Schema<State> = {
  n: numberField(0.5, -1e6, 1e6),
  i: integerField(3, 0, 10),
  list: numbersField([1, 2], 1, 4),
  mode: choiceField("a", ["a", "b"]),
  on: flagField(false),
  text: textField("x"),
};

const states: fc.Arbitrary<State> = fc.record({
  n: fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((v) => v + 0), // an address does not keep -0
  i: fc.integer({ min: 0, max: 10 }),
  list: fc.array(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((v) => v + 0),
    { minLength: 1, maxLength: 4 },
  ),
  mode: fc.constantFrom("a" as const, "b" as const),
  on: fc.boolean(),
  text: fc.string({ unit: "grapheme", maxLength: 50 }),
});

test("an address gives back the same state, doubles to the last bit", () => {
  fc.assert(
    fc.property(states, (state) => {
      const address = writeState(schema, state).toString();
      expect(readState(schema, new URLSearchParams(address))).toEqual(state);
    }),
  );
});

test("what is senseless or out of range has its fallback", () => {
  const read = (query: string): State => readState(schema, new URLSearchParams(query));
  const fallback = read("");
  expect(fallback).toEqual({ n: 0.5, i: 3, list: [1, 2], mode: "a", on: false, text: "x" });
  for (const query of [
    "n=",
    "n=NaN",
    "n=1e7",
    "n=Infinity",
    "i=2.5",
    "i=11",
    "list=",
    "list=1,,2",
    "list=1,2,3,4,5",
    "list=1,x",
    "mode=c",
    "on=yes",
  ]) {
    expect([query, read(query)]).toEqual([query, fallback]);
  }
});

test("a state of fallbacks needs no address", () => {
  expect(writeState(schema, readState(schema, new URLSearchParams())).toString()).toBe("");
});
