import { SeededRandom } from "@xent/linalg";
import { expect, test } from "vitest";
import { splitWalsh } from "../src/split-walsh.js";

// Lengths of one radix-2 level or none, and of one block of 2048 entries, two and four.
test.each([1, 2, 4, 8, 32, 2048, 4096, 8192])("length %i: the sums over both signs", (n) => {
  const random = new SeededRandom(n);
  // Integers: every sum is exact.
  const q = Float64Array.from({ length: n }, () => Math.floor(64 * random.uniform()));
  const total = q.reduce((a, b) => a + b, 0);
  const walsh = q.slice();
  for (let h = 1; h < n; h *= 2) {
    for (let i = 0; i < n; i++) {
      if ((i & h) !== 0) continue;
      const [a, b] = [walsh[i]!, walsh[i + h]!];
      walsh[i] = a + b;
      walsh[i + h] = a - b;
    }
  }
  const plus = q.slice();
  const minus = new Float64Array(n);
  splitWalsh(plus, minus);
  expect(plus).toEqual(walsh.map((w) => (total + w) / 2));
  expect(minus).toEqual(walsh.map((w) => (total - w) / 2));
});
