import { dense, SeededRandom } from "@xent/linalg";
import { expect, test } from "vitest";
import { linearHead } from "../src/index.js";

test("gradient rows are the reverse passes of single examples", () => {
  for (const bias of [true, false]) {
    const model = linearHead({ featureCount: 3, classCount: 4, bias });
    const random = new SeededRandom(1);
    const here = model.linearize(model.initialize(2), dense(5, 3, random.normals(15)));
    const u = dense(5, 4, random.normals(20));
    const rows = here.gradientRows!(u);
    for (let i = 0; i < 5; i++) {
      const single = dense(5, 4);
      single.data.set(u.data.subarray(i * 4, (i + 1) * 4), i * 4);
      const own = rows.data.slice(i * rows.cols, (i + 1) * rows.cols);
      // Single products, to which the reverse pass adds zeros.
      expect(Array.from(own, (x) => x + 0)).toEqual(Array.from(here.vjp(single), (x) => x + 0));
    }
    expect(() => here.gradientRows!(dense(5, 3))).toThrow("u is 5 x 3");
  }
});
