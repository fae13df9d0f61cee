import { dense, SeededRandom } from "@xent/linalg";
import { expect, test } from "vitest";
import { linearHead, mlp } from "../src/index.js";

const models = {
  "head with bias": linearHead({ featureCount: 3, classCount: 4 }),
  "head without bias": linearHead({ featureCount: 3, classCount: 4, bias: false }),
  mlp: mlp({ widths: [3, 6, 5, 4], activation: "gelu", layerNorm: true }),
};

test.each(Object.entries(models))(
  "gradient rows of %s are the reverse passes of single examples",
  (_, model) => {
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
    expect(() => here.gradientSquares!(dense(5, 3))).toThrow("u is 5 x 3");
    expect(() => here.gradientSquares!(u, new Float64Array(4))).toThrow("out has length 4");
  },
);

test("a second Gram matrix of the same linearization is as good as the first", () => {
  for (const model of Object.values(models)) {
    const random = new SeededRandom(3);
    const x = dense(5, 3, random.normals(15));
    const theta = model.initialize(2);
    const [u, w] = [dense(5, 4, random.normals(20)), dense(5, 4, random.normals(20))];
    const here = model.linearize(theta, x);
    here.rowGram!(u);
    expect(here.rowGram!(w)).toEqual(model.linearize(theta, x).rowGram!(w));
  }
});
