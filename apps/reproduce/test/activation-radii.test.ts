import { loadDigits, selectDigits } from "@xent/app-kit";
import { startJax } from "@xent/jax";
import { SeededRandom } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import {
  activationRadii,
  GELU_POLES,
  geluDistance,
  layerNormRadius,
} from "../src/experiments/adaptive-rate/activation-radii.js";
import { EPSILON, network, TRANSFORMER_TRACES, transformerTraces } from "../src/networks.js";

/** cosh of sqrt(2 / pi) (z + 0.044715 z^3): its zeros are the poles of GELU's tanh. */
function denominator(re: number, im: number): readonly [number, number] {
  const cubeRe = re ** 3 - 3 * re * im * im;
  const cubeIm = 3 * re * re * im - im ** 3;
  const c = Math.sqrt(2 / Math.PI);
  const [uRe, uIm] = [c * (re + 0.044715 * cubeRe), c * (im + 0.044715 * cubeIm)];
  return [Math.cosh(uRe) * Math.cos(uIm), Math.sinh(uRe) * Math.sin(uIm)];
}

/** Zeros of the denominator within a circle about a real point: how often its argument goes round. */
function zerosWithin(x: number, radius: number): number {
  const steps = 40_000;
  let turned = 0;
  let last: number | undefined;
  for (let i = 0; i <= steps; i++) {
    const angle = (2 * Math.PI * i) / steps;
    const [re, im] = denominator(x + radius * Math.cos(angle), radius * Math.sin(angle));
    const argument = Math.atan2(im, re);
    if (last !== undefined) {
      const change = argument - last;
      turned += change - 2 * Math.PI * Math.round(change / (2 * Math.PI));
    }
    last = argument;
  }
  return Math.abs(Math.round(turned / (2 * Math.PI)));
}

test("the listed poles of GELU are zeros of cosh", () => {
  for (const [re, im] of GELU_POLES) {
    const c = Math.sqrt(2 / Math.PI);
    const uRe = c * (re + 0.044715 * (re ** 3 - 3 * re * im * im));
    const uIm = c * (im + 0.044715 * (3 * re * re * im - im ** 3));
    // A few roundings of terms of the size |z| + 0.044715 |z|^3, which is below 2 |u| + |z|.
    const slack = 32 * 2 ** -53 * (2 * uIm + Math.hypot(re, im));
    expect(Math.abs(uRe)).toBeLessThan(slack);
    expect(Math.abs((uIm / Math.PI) % 1) - 0.5).toBeCloseTo(0, 12);
  }
});

test.each([0, 0.3, -1, 2, -5, 10, 15])(
  "no pole is nearer to %d than geluDistance, and one is that near",
  (x) => {
    const distance = geluDistance(x);
    expect(zerosWithin(x, 0.999 * distance)).toBe(0);
    expect(zerosWithin(x, 1.001 * distance)).toBeGreaterThan(0);
  },
);

test("far out geluDistance stays below the poles, and is continuous to a few per cent", () => {
  const list = Math.min(...GELU_POLES.map(([re, im]) => Math.hypot(16.5 - re, im)));
  expect(geluDistance(16.5)).toBeLessThan(list);
  expect(geluDistance(16.5)).toBeGreaterThan(0.9 * list);
});

test("layerNormRadius is the modulus of a complex zero of variance plus epsilon", () => {
  const random = new SeededRandom(4);
  for (let i = 0; i < 50; i++) {
    const [x, s] = [random.normals(16, i % 2 === 0 ? 1 : 1e-4), random.normals(16)];
    const mean = (v: Float64Array): number => v.reduce((a, b) => a + b / v.length, 0);
    const [mx, ms] = [mean(x), mean(s)];
    const of = (a: (k: number) => number): number => mean(x.map((_, k) => a(k)));
    const c = of((k) => (x[k]! - mx) ** 2) + EPSILON;
    const b = of((k) => (x[k]! - mx) * (s[k]! - ms));
    const a = of((k) => (s[k]! - ms) ** 2);
    // t = (-b + i sqrt(a c - b^2)) / a; put into the sum of (x + t s - mean)^2 itself.
    const [re, im] = [-b / a, Math.sqrt(a * c - b * b) / a];
    const real = of((k) => (x[k]! - mx + re * (s[k]! - ms)) ** 2 - (im * (s[k]! - ms)) ** 2);
    const imaginary = of((k) => 2 * (x[k]! - mx + re * (s[k]! - ms)) * im * (s[k]! - ms));
    // 16 squares of numbers of size sqrt(c) are summed, by steps of a rounding each.
    expect(Math.abs(real + EPSILON)).toBeLessThan(64 * 2 ** -53 * (c + im * im * a));
    expect(Math.abs(imaginary)).toBeLessThan(64 * 2 ** -53 * (c + im * im * a));
    expect(layerNormRadius(x, s) / Math.hypot(re, im)).toBeCloseTo(1, 12);
  }
});

describe("traces", async () => {
  await startJax();
  const { features } = selectDigits(loadDigits(), Int32Array.from([0, 1, 2]));
  const { model, start } = network("transformer", 1);
  const at = transformerTraces().linearize(start, features);
  const offsetOf = (name: string): number => {
    const i = TRANSFORMER_TRACES.findIndex((t) => t.name === name);
    return TRANSFORMER_TRACES.slice(0, i).reduce((a, t) => a + t.groups * t.width, 0);
  };

  test("the tokens of the traces give the logits of the network", () => {
    // The head lies at the end of the vector, in the order of the names: find both by size.
    const blocks = (
      model as unknown as { blocks: { name: string; offset: number; size: number }[] }
    ).blocks;
    const block = (name: string): Float64Array => {
      const { offset, size } = blocks.find((b) => b.name === name)!;
      return start.subarray(offset, offset + size);
    };
    const [head, bias] = [block("head"), block("bias")];
    const logits = model.logits(start, features);
    for (let i = 0; i < features.rows; i++) {
      const pooled = new Float64Array(16);
      for (let t = 0; t < 8; t++) {
        const from = i * at.logits.cols + offsetOf("tokens") + 16 * t;
        const token = at.logits.data.subarray(from, from + 16);
        const mean = token.reduce((a, b) => a + b / 16, 0);
        const variance = token.reduce((a, b) => a + (b - mean) ** 2 / 16, 0);
        token.forEach((v, k) => {
          pooled[k]! += (v - mean) / Math.sqrt(variance + EPSILON) / 8;
        });
      }
      for (let c = 0; c < 10; c++) {
        const z = pooled.reduce((sum, v, k) => sum + v * head[10 * k + c]!, bias[c]!);
        // Float32: 16 products of numbers of size one, and a mean of 8.
        expect(Math.abs(z - logits.data[10 * i + c]!)).toBeLessThan(
          64 * 2 ** -24 * (1 + Math.abs(z)),
        );
      }
    }
  });

  test("radii scale like one over the direction, and a direction of the head alone meets nothing inside", () => {
    const v = new SeededRandom(2).normals(start.length);
    const [one, three] = [
      activationRadii(at, v),
      activationRadii(
        at,
        v.map((x) => 4 * x),
      ),
    ];
    // Four times the direction is four times the slope, to the bit.
    for (const kind of ["attention", "gelu", "layerNorm"] as const) {
      expect(one[kind]).toBeGreaterThan(0);
      expect(one[kind] / three[kind]).toBeCloseTo(4, 10);
    }
    const { blocks } = model as unknown as {
      blocks: { name: string; offset: number; size: number }[];
    };
    const head = blocks.find((b) => b.name === "head")!;
    const last = v.map((x, i) => (i >= head.offset && i < head.offset + head.size ? x : 0));
    expect(activationRadii(at, last)).toEqual({
      attention: Infinity,
      gelu: Infinity,
      layerNorm: Infinity,
    });
  });
});
