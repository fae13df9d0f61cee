import { describe, expect, test } from "vitest";
import { checkpointFromBytes, checkpointToBytes, type TrainingCheckpoint } from "../src/index.js";

const checkpoint: TrainingCheckpoint = {
  format: "xent-training/1",
  step: 3,
  parameters: [0.1, "-0", 5e-324, Number.MAX_VALUE, -1 / 3],
  direction: {
    name: "own; größer als ASCII",
    // What looks like the header's own words, mixed and empty arrays.
    state: {
      placed: [1, 2],
      data: { path: [], deep: [[1], [null, 2]] },
      __proto__x: [7],
      none: null,
    },
  },
  limit: { name: "none", state: null },
  minibatches: {
    epoch: 0,
    position: 4,
    generator: [1, 2, 3, 4],
  },
  stream: { exampleCount: 9, batchSize: 4, seed: 1, remainder: "keep" },
};

test("bytes and back is the same checkpoint, from any place in a buffer", () => {
  const bytes = checkpointToBytes(checkpoint);
  expect(checkpointFromBytes(bytes)).toEqual(checkpoint);
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  expect(checkpointFromBytes(shifted.subarray(3))).toEqual(checkpoint);
});

test("a long vector takes 8 bytes a number", () => {
  const parameters = Array.from({ length: 1000 }, (_, i) => Math.sin(i + 1));
  const small = checkpointToBytes({ ...checkpoint, parameters: parameters.slice(0, 100) }).length;
  const large = checkpointToBytes({ ...checkpoint, parameters }).length;
  // The header names the lengths: one digit more.
  expect(large - small).toBe(8 * 900 + 1);
});

describe("damaged bytes are refused", () => {
  const bytes = checkpointToBytes(checkpoint);
  const changed =
    (change: (copy: Uint8Array) => Uint8Array): (() => unknown) =>
    () =>
      checkpointFromBytes(change(bytes.slice()));
  const withHeader = (header: unknown): Uint8Array => {
    const text = new TextEncoder().encode(JSON.stringify(header));
    const out = new Uint8Array(12 + text.length + 8);
    out.set(bytes.subarray(0, 8));
    new DataView(out.buffer).setUint32(8, text.length, true);
    out.set(text, 12);
    return out;
  };
  test.each<[string, () => unknown, RegExp]>([
    ["empty", () => checkpointFromBytes(new Uint8Array(0)), /do not begin/],
    ["another file", changed((b) => b.fill(1, 0, 1)), /do not begin/],
    ["cut short", changed((b) => b.subarray(0, b.length - 1)), /expected \d+ by their header/],
    ["too long", changed((b) => Uint8Array.from([...b, 0])), /expected \d+ by their header/],
    ["cut in the header", changed((b) => b.subarray(0, 40)), /header is not JSON/],
    ["no list", () => checkpointFromBytes(withHeader({ data: {} })), /placed is damaged/],
    [
      "a place that is not there",
      () =>
        checkpointFromBytes(withHeader({ data: {}, placed: [{ path: ["__proto__"], length: 1 }] })),
      /nothing stands at __proto__/,
    ],
  ])("%s", (_, read, message) => {
    expect(read).toThrow(message);
  });
});
