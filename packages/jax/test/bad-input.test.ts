import { numpy as np } from "@jax-js/jax";
import { dense } from "@xent/linalg";
import { expect, test } from "vitest";
import { capByRadius, fromJax, startJax } from "../src/index.js";

await startJax();

const affine = ({ w, b }: { w: np.Array; b: np.Array }, x: np.Array): np.Array =>
  np.matmul(x, w).add(b);
const start = () => ({ w: np.ones([2, 3]), b: np.zeros([3]) });
const model = fromJax(affine, start(), { classCount: 3 });
const batch = dense(2, 2, Float64Array.of(1, 2, 3, 4));

test("options are checked", () => {
  expect(() => fromJax(affine, start(), { classCount: 0 })).toThrow("classCount = 0");
  expect(() => fromJax(affine, start(), { classCount: 3, dtype: "float16" as "float32" })).toThrow(
    'dtype = "float16"',
  );
  expect(() => fromJax((p: np.Array) => p, np.zeros([0]), { classCount: 3 })).toThrow(
    "parameters hold 0 numbers",
  );
  expect(() =>
    fromJax(affine, { ...start(), b: np.array([0, Number.NaN, 1]) }, { classCount: 3 }),
  ).toThrow("parameters[7] = NaN");
});

test("methods check shapes and numbers", () => {
  const at = model.linearize(model.start, batch);
  expect(() => model.logits(new Float64Array(8), batch)).toThrow("parameters has length 8");
  expect(() => model.logits(model.start.fill(Infinity), batch)).toThrow("parameters[0] = Infinity");
  expect(() => at.jvp(new Float64Array(8))).toThrow("v has length 8");
  expect(() => at.jvp(new Float64Array(9).fill(Number.NaN))).toThrow("v[0] = NaN");
  expect(() => at.vjp(dense(2, 2))).toThrow("u is 2 x 2");
  expect(() => at.jvp(model.start, dense(1, 3))).toThrow("out is 1 x 3");
  expect(() => at.vjp(dense(2, 3), new Float64Array(1))).toThrow("out has length 1");
  expect(() => model.logits(model.start, {} as typeof batch)).toThrow("pass options.input");
  expect(() => model.toFlat({ w: np.ones([3, 2]), b: np.zeros([3]) })).toThrow(
    "values.w is 3 x 2, expected 2 x 3",
  );
  expect(() => model.toFlat({ w: np.ones([2, 3]) } as ReturnType<typeof start>)).toThrow(
    "expected",
  );
});

test("a function of the wrong shape is named when it is called", () => {
  const wrong = fromJax(affine, start(), { classCount: 4 });
  expect(() => wrong.logits(wrong.start, batch)).toThrow(
    "logits has shape [2, 3], expected [B, 4]",
  );
  const flat = fromJax((p: np.Array, x: np.Array) => x.mul(p).sum(), np.ones([2]), {
    classCount: 2,
  });
  expect(() => flat.logits(flat.start, batch)).toThrow("logits has shape []");
});

test("overflow is an error, a masked class is not", () => {
  const huge = dense(1, 2, Float64Array.of(1e300, 1e300));
  expect(() => model.logits(model.start.fill(1e300), huge)).toThrow("overflows");
  const mask = fromJax(
    (p: { b: np.Array }, x: np.Array) =>
      x
        .mul(0)
        .add(p.b)
        .add(np.array([0, -Infinity])),
    { b: np.zeros([2]) },
    {
      classCount: 2,
    },
  );
  expect(Array.from(mask.logits(mask.start, batch).data)).toEqual([0, -Infinity, 0, -Infinity]);
});

test("capByRadius needs parameters", () => {
  const cap = capByRadius((p: np.Array) => p.reshape([1, -1]));
  expect(() => cap.update(np.ones([3]), [])).toThrow("pass params to update");
  expect(() => cap.update(np.ones([2]), [], np.ones([3]))).toThrow("updates. is 2, expected 3");
  expect(() => cap.update(np.full([3], Infinity), [], np.ones([3]))).toThrow("Infinity");
  expect(() => capByRadius((p: np.Array) => p, { target: -1 })).toThrow("target");
  const scalar = capByRadius((p: np.Array) => p.sum());
  expect(() => scalar.update(np.array([1, 2, 3]), [], np.ones([3]))).toThrow("shape []");
});
