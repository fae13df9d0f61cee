import { DimensionError, DomainError, dense, fromRows, norm2, SeededRandom } from "@xent/linalg";
import { ACTIVATION_NAMES, activationFacts, type Linearization, mlp } from "@xent/models";
import { describe, expect, test } from "vitest";
import {
  activationRadius,
  bendingLengths,
  correctedGhost,
  lineLossGap,
  nearestGhost,
  reluKinkDistances,
  secondOrderLine,
} from "../src/index.js";

const random = new SeededRandom(11);
const features = dense(6, 3);
for (let i = 0; i < features.data.length; i++) features.data[i] = random.normal();
const labels = [0, 1, 2, 0, 1, 2];

describe("activationRadius", () => {
  const pre = [
    { layer: 1, values: fromRows([[3, 0.5]]), slopes: fromRows([[1, 0]]) },
    { layer: 2, values: fromRows([[-4]]), slopes: fromRows([[0.1]]) },
  ];

  test("hypot(x, d) / |s| over the units that move", () => {
    expect(activationRadius(pre, "tanh")).toEqual({
      radius: Math.hypot(3, Math.PI / 2),
      at: { layer: 1, sample: 0, unit: 0 },
      exact: true,
    });
    expect(activationRadius(pre, "silu").radius).toBe(Math.hypot(3, Math.PI));
    expect(activationRadius(pre, "relu").radius).toBe(3);
    expect(activationRadius(pre, "gelu")).toEqual({
      radius: Infinity,
      at: undefined,
      exact: false,
    });
    expect(activationRadius(pre.slice(1), "softplus").exact).toBe(false);
    expect(activationRadius([], "tanh").radius).toBe(Infinity);
  });

  test("names the unit: the first of equals, in layers of several rows and columns", () => {
    const wide = [
      {
        layer: 1,
        values: fromRows([
          [3, 4, 5],
          [5, 6, 2],
        ]),
        slopes: fromRows([
          [1, 1, 1],
          [1, 1, 1],
        ]),
      },
      {
        layer: 2,
        values: fromRows([
          [9, 9],
          [2, 9],
          [9, 1],
        ]),
        slopes: fromRows([
          [1, 1],
          [-1, 1],
          [1, -0.25],
        ]),
      },
    ];
    expect(activationRadius(wide, "relu")).toEqual({
      radius: 2,
      at: { layer: 1, sample: 1, unit: 2 },
      exact: true,
    });
    expect(activationRadius(wide.slice(1), "relu")).toEqual({
      radius: 2,
      at: { layer: 2, sample: 1, unit: 0 },
      exact: false,
    });
    expect(reluKinkDistances(wide)).toEqual({ ahead: 2, behind: 2, touching: 0 });
  });

  test("tanh of a moving argument has its pole there, and its Taylor series that radius", () => {
    // tanh(x + s t): derivatives by f' = 1 - f^2 as a power series; root test on a pole gives |c_n|^(1/n).
    const [x, s] = [0.7, 2];
    const c = [Math.tanh(x)];
    for (let n = 0; n < 400; n++) {
      let square = 0;
      for (let k = 0; k <= n; k++) square += c[k]! * c[n - k]!;
      c.push((s * ((n === 0 ? 1 : 0) - square)) / (n + 1));
    }
    const one = [{ layer: 1, values: fromRows([[x]]), slopes: fromRows([[s]]) }];
    const { radius } = activationRadius(one, "tanh");
    const growth = Math.max(...c.slice(350).map((v, i) => Math.abs(v) ** (1 / (350 + i))));
    // A conjugate pair of poles with residue 1/s: |c_n| <= 2 / s radius^-(n+1).
    expect(Math.abs(growth * radius - 1)).toBeLessThan(0.01);
  });

  test("ReLU kinks of the first layer: the sign pattern changes there, not before", () => {
    const model = mlp({ widths: [3, 8, 3], activation: "relu" });
    const theta = model.initialize(1);
    const v = model.initialize(2);
    const at = (t: number) =>
      model.linearize(
        theta.map((p, i) => p + t * v[i]!),
        features,
      );
    const pattern = (t: number) =>
      at(t).preActivations!(v)[0]!
        .values.data.map((x) => Math.sign(x))
        .join();
    const { ahead, behind, touching } = reluKinkDistances(at(0).preActivations!(v));
    expect(touching).toBe(0);
    expect(pattern(ahead * (1 - 1e-12))).toBe(pattern(0));
    expect(pattern(ahead * (1 + 1e-12))).not.toBe(pattern(0));
    expect(pattern(-behind * (1 - 1e-12))).toBe(pattern(0));
    expect(pattern(-behind * (1 + 1e-12))).not.toBe(pattern(0));
    const { radius } = activationRadius(at(0).preActivations!(v), "relu");
    expect(radius).toBe(Math.min(ahead, behind));
  });

  test("kinks at the point itself, units that stay", () => {
    const one = (x: number, s: number) => [
      { layer: 1, values: fromRows([[x]]), slopes: fromRows([[s]]) },
    ];
    expect(reluKinkDistances(one(0, 1))).toEqual({
      ahead: Infinity,
      behind: Infinity,
      touching: 1,
    });
    expect(activationRadius(one(0, 1), "relu").radius).toBe(0);
    expect(activationRadius(one(0, 0), "relu").radius).toBe(Infinity);
    expect(reluKinkDistances(one(5e-324, -10)).ahead).toBe(5e-324);
    expect(reluKinkDistances(one(0, 0)).touching).toBe(0);
    for (const [x, s, ahead, behind] of [
      [3, 2, Infinity, 1.5],
      [3, -2, 1.5, Infinity],
      [-3, 2, 1.5, Infinity],
      [-3, -2, Infinity, 1.5],
    ] as const) {
      expect(reluKinkDistances(one(x, s))).toEqual({ ahead, behind, touching: 0 });
    }
    expect(() => activationRadius(one(NaN, 1), "relu")).toThrow(DomainError);
    expect(() => activationRadius([], "elu" as "relu")).toThrow(/activation = "elu"/);
    const wrong = [{ layer: 1, values: dense(1, 2), slopes: dense(1, 1) }];
    expect(() => reluKinkDistances(wrong)).toThrow(DimensionError);
  });

  test("the table", () => {
    const distances = ACTIVATION_NAMES.map((name) => activationFacts[name].singularityDistance);
    expect(distances).toEqual([Math.PI / 2, 0, Math.PI, Infinity, Math.PI]);
  });
});

describe("nonlinear logits", () => {
  const model = mlp({ widths: [3, 5, 3], activation: "tanh" });
  const theta = model.initialize(3);
  const v = model.initialize(4);
  const linearization = model.linearize(theta, features);
  const logitsAt = (t: number) =>
    model.logits(
      theta.map((p, i) => p + t * v[i]!),
      features,
    );

  test("the difference agrees with the exact second derivative", () => {
    const exact = secondOrderLine(linearization, v);
    const bare: Linearization = {
      logits: linearization.logits,
      parameterCount: linearization.parameterCount,
      jvp: (w, out) => linearization.jvp(w, out),
      vjp: (u, out) => linearization.vjp(u, out),
    };
    const forward = { parameters: theta, logits: (p: Float64Array) => model.logits(p, features) };
    const difference = secondOrderLine(bare, v, forward);
    const size = Math.max(...exact.seconds.data.map(Math.abs));
    exact.seconds.data.forEach((b, k) => {
      // h near 2^-13: truncation h^2 z'''' / 12 and rounding 4 u |z| / h^2, both below 2^-22 of order-one logits.
      expect(Math.abs(b - difference.seconds.data[k]!)).toBeLessThan(2 ** -20 * (1 + size));
    });
    expect(() => secondOrderLine(bare, v)).toThrow(/give forward/);
    const still = secondOrderLine(bare, new Float64Array(v.length), forward);
    expect(still.seconds.data.every((b) => b === 0)).toBe(true);
  });

  test("the difference is taken at +-h u, h = 2^-13 max(1, |theta|), and never with a second derivative at hand", () => {
    const seen: Float64Array[] = [];
    const bare: Linearization = {
      logits: fromRows([[1, 2]]),
      parameterCount: 2,
      jvp: () => fromRows([[3, 4]]),
      vjp: () => new Float64Array(2),
    };
    const at = (p: Float64Array) => {
      seen.push(p.slice());
      return fromRows([[1 + p[0]! ** 2, 2 + 3 * (p[1]! - 0.25) ** 2]]);
    };
    for (const parameters of [Float64Array.of(0, 0.25), Float64Array.of(60, 80)]) {
      seen.length = 0;
      const forward = { parameters, logits: at };
      const { logits, slopes, seconds } = secondOrderLine(bare, Float64Array.of(3, 4), forward);
      const h = 2 ** -13 * Math.max(1, norm2(parameters));
      expect(seen).toHaveLength(2);
      for (const [i, sign] of [
        [0, 1],
        [1, -1],
      ] as const) {
        expect(seen[i]![0]).toBeCloseTo(parameters[0]! + sign * h * 0.6, 12);
        expect(seen[i]![1]).toBeCloseTo(parameters[1]! + sign * h * 0.8, 12);
      }
      expect([logits, slopes]).toEqual([bare.logits, bare.jvp(parameters)]);
      if (parameters[0] !== 0) continue;
      // Second derivatives along (3, 4): 2 * 9 and 6 * 16, less roundings 4 u / h^2 and h |v| = 2^-13.
      expect(Math.abs(seconds.data[0]! - 18)).toBeLessThan(1e-5);
      expect(Math.abs(seconds.data[1]! - 96)).toBeLessThan(1e-5);
    }
    const given = { ...bare, second: () => fromRows([[7, 8]]) };
    expect(secondOrderLine(given, Float64Array.of(3, 4)).seconds).toEqual(fromRows([[7, 8]]));
  });

  test("the gap's entries: losses at t, true, linearised and to second order", () => {
    const line = {
      logits: fromRows([[1, 0]]),
      slopes: fromRows([[0.5, -1]]),
      seconds: fromRows([[2, 4]]),
    };
    const loss = (gap: number): number => Math.log1p(Math.exp(gap));
    const [gap] = lineLossGap(line, () => fromRows([[3, 1]]), [0], [0.5]);
    expect(gap!.t).toBe(0.5);
    expect(gap!.loss).toBeCloseTo(loss(-2), 14);
    expect(gap!.linearised).toBeCloseTo(loss(-0.5 - 1.25), 14);
    // b t^2 / 2 is 1/4 and 1/2.
    expect(gap!.secondOrder).toBeCloseTo(loss(-0.5 - 1.25 + 0.25), 14);
    expect(gap!.gap).toBe(gap!.loss - gap!.linearised);
    expect(gap!.secondOrderGap).toBe(gap!.loss - gap!.secondOrder);
  });

  test("gaps fall like t^2 and t^3", () => {
    const line = secondOrderLine(linearization, v);
    const [coarse, fine] = lineLossGap(line, logitsAt, labels, [2 ** -7, 2 ** -8]);
    expect(Math.abs(coarse!.gap / fine!.gap / 4 - 1)).toBeLessThan(0.1);
    expect(Math.abs(coarse!.secondOrderGap / fine!.secondOrderGap / 8 - 1)).toBeLessThan(0.1);
    const [none] = lineLossGap(line, logitsAt, labels, [0]);
    expect(Math.abs(none!.gap)).toBe(0);
    expect(() => lineLossGap(line, logitsAt, labels, [NaN])).toThrow(DomainError);
  });

  test("bending lengths", () => {
    const line = {
      logits: dense(4, 2),
      slopes: fromRows([
        [0, 3],
        [1, 2],
        [4, 9],
        [1, 1],
      ]),
      seconds: fromRows([
        [4, -4],
        [5, 5],
        [1, 0],
        [2, 2],
      ]),
    };
    expect([...bendingLengths(line)]).toEqual([0.75, Infinity, 10, Infinity]);
  });

  test("a corrected ghost is a zero of the second-order sum, masked classes and large logits left out", () => {
    const z = [1000.3, 999, -Infinity, 1000.8, -200];
    const a = [1, -0.7, 5, 0.2, 1];
    const b = [0.2, -0.1, 3, 0.15, 9];
    const { zero } = nearestGhost(z, a);
    const found = correctedGhost(z, a, b, zero!);
    expect(found.status).toBe("converged");
    const { re, im } = found.zero;
    let [x, y, size] = [0, 0, 0];
    z.forEach((v, k) => {
      const r = Math.exp(v - 1000 + a[k]! * re + (b[k]! * (re * re - im * im)) / 2);
      const phase = a[k]! * im + b[k]! * re * im;
      x += r * Math.cos(phase);
      y += r * Math.sin(phase);
      size += r;
    });
    // Logits near 1000 round by 2^-44; the last step was below 2^-44 |t|.
    expect(Math.hypot(x, y)).toBeLessThan(2 ** -38 * size);
    expect(Math.hypot(re - zero!.re, im - zero!.im)).toBeGreaterThan(0.01);
    expect(found.radius).toBe(Math.hypot(re, im));
    // Quadratically: a dozen steps suffice, where 50 are allowed.
    expect(correctedGhost(z, a, b, zero!, 12)).toEqual(found);
    expect(correctedGhost(z, a, b, zero!, 1).status).toBe("iteration-limit");
  });

  test("a corrected ghost of two classes solves the quadratic", () => {
    // z + a t + b t^2 / 2 = i pi for the difference of two classes.
    for (const b of [0, 0.1, -0.3]) {
      const [z, a] = [0.4, 1.5];
      const { zero } = nearestGhost([z, 0], [a, 0]);
      const found = correctedGhost([z, 0], [a, 0], [b, 0], zero!);
      expect(found.status).toBe("converged");
      const { re, im } = found.zero;
      const real = z + a * re + (b * (re * re - im * im)) / 2;
      const imaginary = a * im + b * re * im;
      expect(Math.hypot(real, Math.abs(imaginary) - Math.PI)).toBeLessThan(1e-12);
      if (b === 0) expect(found.radius).toBeCloseTo(Math.hypot(z, Math.PI) / a, 12);
    }
    // 2 e^t has no zero, and F / F' = 1 everywhere: Newton walks left, by no more than half its modulus.
    const flat = correctedGhost([0, 0], [1, 1], [0, 0], { re: 1, im: 1 });
    expect(flat.status).toBe("iteration-limit");
    const one = correctedGhost([0, 0], [1, 1], [0, 0], { re: 1, im: 1 }, 1);
    expect(one.zero.re).toBeCloseTo(1 - Math.SQRT1_2, 14);
    expect(one.zero.im).toBe(1);
    const far = correctedGhost([0, 0], [1, 1], [0, 0], { re: 10, im: 1 }, 1);
    expect(far.zero.re).toBe(9);
    expect(far.radius).toBe(Math.hypot(9, 1));
    // A derivative whose square underflows gives an infinite step.
    const steep = correctedGhost([0, 1], [1e-170, 1e-170], [0, 0], { re: 1, im: 2 });
    expect(steep).toEqual({
      zero: { re: 1, im: 2 },
      radius: Math.hypot(1, 2),
      status: "breakdown",
    });
    // A constant has no derivative.
    const still = { re: 1, im: 2 };
    expect(correctedGhost([0, 1], [0, 0], [0, 0], still)).toEqual({
      zero: still,
      radius: Math.hypot(1, 2),
      status: "breakdown",
    });
    expect(() => correctedGhost([0], [1], [], { re: 1, im: 1 })).toThrow(DimensionError);
  });
});
