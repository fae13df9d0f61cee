import { type Array as JaxArray, nn, numpy as np, scipySpecial } from "@jax-js/jax";
import { erf } from "@xent/models";
import { describe, expect, test } from "vitest";
import { JAX_PRECISION, type JaxDtype, startJax } from "../src/index.js";

await startJax();

// Tens, ones, and everything near 0 and near the range ends of the polynomials.
const points = Float64Array.from([
  ...Array.from({ length: 4001 }, (_, i) => -20 + i / 100),
  ...Array.from({ length: 400 }, (_, i) => 10 ** (-i / 40)),
  ...Array.from({ length: 400 }, (_, i) => -(10 ** (-i / 40))),
]);
const numbers = (a: JaxArray): ArrayLike<number> => a.dataSync() as ArrayLike<number>;
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const functions: Record<string, [(a: JaxArray) => JaxArray, (x: number) => number]> = {
  exp: [np.exp, Math.exp],
  tanh: [np.tanh, Math.tanh],
  sigmoid: [nn.sigmoid, sigmoid],
  silu: [nn.silu, (x) => x * sigmoid(x)],
  erf: [scipySpecial.erf, erf],
  sin: [np.sin, Math.sin],
  log: [(a) => np.log(np.abs(a)), (x) => Math.log(Math.abs(x))],
  softplus: [nn.softplus, (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))],
};

describe.each(["float32", "float64"] as const)("%s", (dtype: JaxDtype) => {
  const x = dtype === "float32" ? points.map(Math.fround) : points;
  const given = (): JaxArray =>
    np.array(dtype === "float32" ? Float32Array.from(x) : x.slice(), { dtype: np[dtype] });
  const worst = (y: ArrayLike<number>, exact: (x: number) => number): number => {
    let m = 0;
    for (let i = 0; i < x.length; i++) {
      const e = exact(x[i]!);
      if (Number.isFinite(e)) m = Math.max(m, Math.abs(y[i]! - e) / (1 + Math.abs(e)));
    }
    return m;
  };

  test.each(Object.entries(functions))("%s is as good as declared", (_name, [f, exact]) => {
    expect(worst(numbers(f(given())), exact)).toBeLessThan(JAX_PRECISION[dtype].elementary);
  });

  test("sums, products, quotients and roots are those of the format", () => {
    const u = JAX_PRECISION[dtype].arithmetic;
    expect(
      worst(numbers(np.sqrt(np.abs(given()))), (a) => Math.sqrt(Math.abs(a))),
    ).toBeLessThanOrEqual(u);
    // A sum, a quotient and a product, on arguments of one sign: nothing cancels.
    const y = numbers(np.divide(1, np.abs(given()).add(0.5)).mul(3));
    expect(worst(y, (a) => 3 / (Math.abs(a) + 0.5))).toBeLessThanOrEqual(8 * u);
  });
});

test("float64 would be a lie for the elementary functions: they are not good to single precision", () => {
  const y = numbers(np.exp(np.array(points.slice(), { dtype: np.float64 })));
  const worst = Math.max(...points.map((p, i) => Math.abs(y[i]! / Math.exp(p) - 1)));
  expect(worst).toBeGreaterThan(2 ** -24);
});
