import { expect, test } from "vitest";
import { binaryRadius, topTwoRadius } from "../src/index.js";

test("the two largest wherever they stand, ties by the lower index", () => {
  expect(topTwoRadius([3, 5], [0, 1])).toBe(binaryRadius([3, 5], [0, 1]));
  expect(topTwoRadius([3, 5, 1], [0, 1, 9])).toBe(binaryRadius([3, 5], [0, 1]));
  expect(topTwoRadius([1, 3, 5], [9, 0, 1])).toBe(binaryRadius([3, 5], [0, 1]));
  // Of three equal classes the first two, whose slopes differ by 1 and not by 2.
  expect(topTwoRadius([0, 0, 0], [0, 1, 3])).toBe(binaryRadius([0, 0], [0, 1]));
});
