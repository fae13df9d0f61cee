import { type Dense, dense, dot, SeededRandom } from "@xent/linalg";
import { expect, test } from "vitest";
import { ACTIVATION_NAMES, linearHead, mlp, type ParametricModel } from "../src/index.js";

// A first look at every model at one ordinary point; the invariants go further.
const models: [string, ParametricModel][] = [
  ["linear head", linearHead({ featureCount: 5, classCount: 4 })],
  ["linear head without bias", linearHead({ featureCount: 5, classCount: 4, bias: false })],
  ...ACTIVATION_NAMES.flatMap((activation): [string, ParametricModel][] => [
    [activation, mlp({ widths: [5, 7, 6, 4], activation })],
    [`${activation}, layer norm`, mlp({ widths: [5, 7, 6, 4], activation, layerNorm: true })],
  ]),
];

test.each(models)("%s: second derivative against differences of logits", (_name, model) => {
  const random = new SeededRandom(3);
  const parameters = model.initialize(5).map((x) => x + 0.1 * random.normal());
  const batch = dense(6, 5, random.normals(30));
  const v = random.normals(model.parameterCount, 0.1);
  const second = model.linearize(parameters, batch).second!(v);
  const at = (t: number): Dense =>
    model.logits(
      parameters.map((x, i) => x + t * v[i]!),
      batch,
    );
  // Fourth-order stencil: truncation O(h^4), rounding O(eps / h^2); both near 1e-9 at h = 1e-3 to 1e-2.
  const h = 4e-3;
  const [a, b, c, d, e] = [-2, -1, 0, 1, 2].map((k) => at(k * h).data) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let k = 0; k < second.data.length; k++) {
    const difference = (-a[k]! + 16 * b[k]! - 30 * c[k]! + 16 * d[k]! - e[k]!) / (12 * h * h);
    expect(Math.abs(difference - second.data[k]!)).toBeLessThan(1e-6);
  }
});

test.each(models)("%s: adjoint at one point", (_name, model) => {
  const random = new SeededRandom(4);
  const parameters = model.initialize(6);
  const linearization = model.linearize(parameters, dense(6, 5, random.normals(30)));
  const v = random.normals(model.parameterCount);
  const u = dense(6, 4, random.normals(24));
  const left = dot(u.data, linearization.jvp(v).data);
  expect(Math.abs(left - dot(linearization.vjp(u), v))).toBeLessThan(1e-12 * (1 + Math.abs(left)));
});
