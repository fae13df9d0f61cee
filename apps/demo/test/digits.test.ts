import {
  loadDigits,
  PIXEL_COUNT,
  parseDigits,
  selectDigits,
  splitDigits,
  UsageError,
} from "@xent/app-kit";
import { DomainError } from "@xent/linalg";
import { describe, expect, test } from "vitest";

const header = [
  ...Array.from({ length: PIXEL_COUNT }, (_, i) => `pixel_${Math.floor(i / 8)}_${i % 8}`),
  "label",
].join(",");
const line = (label: string, first = "0"): string =>
  [first, ...new Array<string>(63).fill("16"), label].join(",");

describe("the digits", () => {
  const digits = loadDigits();

  test("are 1797 images of 64 intensities in 0..1, with all ten labels", () => {
    expect(digits.features.rows).toBe(1797);
    expect(digits.features.cols).toBe(64);
    expect(digits.features.data.every((x) => x >= 0 && x <= 1)).toBe(true);
    // Counts of the data set's own documentation.
    const counts = Array.from(
      { length: 10 },
      (_, c) => digits.labels.filter((y) => y === c).length,
    );
    expect(counts).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
  });

  test("split in two disjoint sets that are the whole, by the seed", () => {
    const split = splitDigits(digits, 5);
    const { train, test: rest } = split;
    expect([train.labels.length, rest.labels.length]).toEqual([1437, 360]);
    const key = (set: typeof train, i: number): string =>
      `${set.labels[i]}:${Array.from(set.features.data.subarray(i * 64, (i + 1) * 64)).join()}`;
    const keys = (set: typeof train): string[] => Array.from(set.labels, (_y, i) => key(set, i));
    expect([...keys(train), ...keys(rest)].sort()).toEqual(keys(digits).sort());
    expect(selectDigits(digits, split.trainRows)).toEqual(train);
    expect(splitDigits(digits, 5)).toEqual(split);
    expect(splitDigits(digits, 6).train.labels).not.toEqual(train.labels);
  });
});

describe("a damaged file is named by line, column and value", () => {
  test.each([
    ["header", "a,b\n1,2", /line 1: expected a header of 65 names/],
    ["no line", header, /no line after the header/],
    ["short line", `${header}\n1,2,3`, /line 2: expected 65 values, got 3/],
    [
      "intensity",
      `${header}\n${line("1", "17")}`,
      /line 2, pixel_0_0: "17" is not an integer in 0\.\.16/,
    ],
    ["text", `${header}\n${line("1", "x")}`, /line 2, pixel_0_0: "x"/],
    [
      "label",
      `${header}\n${line("1")}\n${line("10")}`,
      /line 3, label: "10" is not an integer in 0\.\.9/,
    ],
    ["empty cell", `${header}\n${line("")}`, /line 2, label: ""/],
  ])("%s", (_name, text, message) => {
    expect(() => parseDigits(text)).toThrow(DomainError);
    expect(() => parseDigits(text)).toThrow(message);
  });

  test("a file that is not there", () => {
    expect(() => loadDigits("/nowhere/digits.csv")).toThrow(UsageError);
    expect(() => loadDigits("/nowhere/digits.csv")).toThrow(
      /cannot read "\/nowhere\/digits\.csv": no such file/,
    );
  });

  test("Windows line ends are read too", () => {
    const parsed = parseDigits(`${header}\r\n${line("3")}\r\n`);
    expect(Array.from(parsed.labels)).toEqual([3]);
    expect(parsed.features.data[1]).toBe(1);
  });
});
