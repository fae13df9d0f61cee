import {
  type Dense,
  dense,
  multiply,
  multiplyTransposeA,
  multiplyTransposeB,
  SeededRandom,
  simplexEtf,
  sylvesterHadamard,
  transpose,
} from "@xent/linalg";
import { describe, expect, test } from "vitest";
import {
  abelianGroups,
  defaultGroup,
  groupEigenbasis,
  groupMatrixFromSpectrum,
  groupMatrixToDense,
  groupSoftmax,
  hadamardInitialization,
  layersFromSpectra,
  softmaxRows,
} from "../src/index.js";

const u = 2 ** -53;

function largest(a: Dense, b: Dense): number {
  expect([a.rows, a.cols]).toEqual([b.rows, b.cols]);
  return a.data.reduce((m, v, i) => Math.max(m, Math.abs(v - b.data[i]!)), 0);
}

/** A random even spectrum of both signs. */
function evenSpectrum(orders: number[], seed: number): Float64Array {
  const random = new SeededRandom(seed);
  const k = orders.reduce((a, b) => a * b, 1);
  const { negation } = groupMatrixFromSpectrum(orders, new Float64Array(k)).group;
  const raw = random.normals(k, 3);
  return raw.map((v, c) => v + raw[negation[c]!]!);
}

/** I - P for the column softmax P of z. */
function residual(z: Dense): Dense {
  const p = transpose(softmaxRows(transpose(z)));
  return dense(
    z.rows,
    z.rows,
    p.data.map((v, i) => (i % (z.rows + 1) === 0 ? 1 : 0) - v),
  );
}

describe.each([1, 2, 3, 5, 8, 10, 12].flatMap((k) => abelianGroups(k).map((g) => [g] as const)))(
  "group %j",
  (orders) => {
    const k = orders.reduce((a, b) => a * b, 1);
    const s = evenSpectrum(orders, k);
    const size = Math.max(...s.map(Math.abs));
    const want = groupMatrixToDense(groupMatrixFromSpectrum(orders, s));
    // Householder frames, two Hartley transforms and a product of inner length d.
    const rounding = (d: number): number => 16 * (d + k) * u * size;

    test.each([
      [k, undefined],
      [k + 3, undefined],
      [k + 5, 9],
    ])("width %i, seed %s: W2 W1 is the group matrix of the spectrum, balanced", (d, seed) => {
      const found = hadamardInitialization({
        classCount: k,
        width: d,
        spectrum: s,
        group: orders,
        ...(seed === undefined ? {} : { seed }),
      });
      expect([found.w1.rows, found.w1.cols, found.w2.rows, found.w2.cols]).toEqual([d, k, k, d]);
      expect(largest(multiply(found.w2, found.w1), want)).toBeLessThanOrEqual(rounding(d));
      const left = multiplyTransposeA(found.w2, found.w2);
      const right = multiplyTransposeB(found.w1, found.w1);
      expect(largest(left, right)).toBeLessThanOrEqual(rounding(d));
    });

    test("the flow keeps the singular vectors: (I - P) W1^T has the form of W2", () => {
      const { w1 } = hadamardInitialization({
        classCount: k,
        width: k,
        spectrum: s,
        group: orders,
      });
      // R is the identity, so the right factor of W2 is the identity too.
      const velocity = multiplyTransposeB(residual(want), w1);
      const phi = groupEigenbasis(orders);
      const inBasis = multiplyTransposeA(phi, velocity);
      for (let i = 0; i < k * k; i++) {
        if (i % (k + 1) !== 0) {
          expect(Math.abs(inBasis.data[i]!)).toBeLessThanOrEqual(rounding(k) + 8 * k * u);
        }
      }
    });

    test("imbalance: the conserved quantity is R diag(-delta) R^T", () => {
      const delta = evenSpectrum(orders, k + 100);
      const { w1, w2, s1, s2 } = hadamardInitialization({
        classCount: k,
        width: k,
        spectrum: s,
        group: orders,
        imbalance: delta,
      });
      expect(largest(multiply(w2, w1), want)).toBeLessThanOrEqual(rounding(k));
      const left = multiplyTransposeA(w2, w2);
      const right = multiplyTransposeB(w1, w1);
      const scale = size + Math.max(...delta.map(Math.abs));
      for (let c = 0; c < k; c++) {
        expect(Math.abs(s1[c]! * s2[c]! - s[c]!)).toBeLessThanOrEqual(4 * u * Math.abs(s[c]!));
        expect(Math.abs(s1[c]! ** 2 - s2[c]! ** 2 - delta[c]!)).toBeLessThanOrEqual(16 * u * scale);
        for (let b = 0; b < k; b++) {
          const at = c * k + b;
          const expected = b === c ? -delta[c]! : 0;
          expect(Math.abs(left.data[at]! - right.data[at]! - expected)).toBeLessThanOrEqual(
            32 * k * u * scale,
          );
        }
      }
    });
  },
);

test("the Hadamard case by hand: W1 = diag(sqrt s) H / sqrt k", () => {
  const spectrum = [0, 1, 4, 9];
  const { w1, w2 } = hadamardInitialization({ classCount: 4, width: 4, spectrum });
  const h = sylvesterHadamard(4);
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < 4; j++) {
      const want = (Math.sqrt(spectrum[i]!) * h.data[i * 4 + j]!) / 2;
      expect(w1.data[i * 4 + j]).toBe(want);
      expect(w2.data[j * 4 + i]).toBe(want);
    }
  }
});

test("one number is the simplex frame: W2 W1 = s (I - 11^T / k), classes equiangular", () => {
  for (const k of [2, 7, 16]) {
    const { w1, w2, group } = hadamardInitialization({
      classCount: k,
      width: k + 2,
      spectrum: 5,
      seed: 1,
    });
    expect(group.orders).toEqual(defaultGroup(k));
    const etf = simplexEtf(k);
    const gram = multiplyTransposeA(etf, etf);
    const want = dense(
      k,
      k,
      gram.data.map((v) => (5 * v * (k - 1)) / k),
    );
    expect(largest(multiply(w2, w1), want)).toBeLessThanOrEqual(100 * k * u);
    expect(largest(multiplyTransposeA(w1, w1), want)).toBeLessThanOrEqual(100 * k * u);
  }
});

test("deep layers, several samples a class: the product, and balance between layers", () => {
  const orders = [2, 3];
  const k = 6;
  const s = evenSpectrum(orders, 5).map(Math.abs);
  const root = s.map(Math.cbrt);
  const layers = layersFromSpectra({
    group: orders,
    singularValues: [root, root, root.map((v) => -v)],
    widths: [7, 9],
    samplesPerClass: 2,
    seed: 3,
  });
  expect(layers.map((w) => [w.rows, w.cols])).toEqual([
    [7, 12],
    [9, 7],
    [6, 9],
  ]);
  const [w1, w2, w3] = layers as [Dense, Dense, Dense];
  const product = multiply(w3, multiply(w2, w1));
  const z = groupMatrixToDense(groupMatrixFromSpectrum(orders, s));
  const size = Math.max(...s);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < 12; j++) {
      const want = -z.data[i * k + (j % k)]! / Math.SQRT2;
      expect(Math.abs(product.data[i * 12 + j]! - want)).toBeLessThanOrEqual(400 * u * size);
    }
  }
  for (const [a, b] of [
    [w2, w1],
    [w3, w2],
  ] as const) {
    expect(largest(multiplyTransposeA(a, a), multiplyTransposeB(b, b))).toBeLessThanOrEqual(
      400 * u * size,
    );
  }
  const [one] = layersFromSpectra({ group: orders, singularValues: [s], widths: [] });
  expect(largest(one!, z)).toBeLessThanOrEqual(100 * u * size);
});

test("the softmax of the logits is diagonal in the same basis", () => {
  const orders = [10];
  const s = evenSpectrum(orders, 8);
  const { w1, w2 } = hadamardInitialization({ classCount: 10, width: 16, spectrum: s, seed: 4 });
  const p = transpose(softmaxRows(transpose(multiply(w2, w1))));
  const want = groupMatrixToDense(groupSoftmax(groupMatrixFromSpectrum(orders, s)));
  const size = Math.max(...s.map(Math.abs));
  // |dp| <= p |dz| 2.
  expect(largest(p, want)).toBeLessThanOrEqual(2 * 16 * 26 * u * size);
});

test("the frame: coordinate axes, or random by the seed", () => {
  const make = (seed?: number): Dense =>
    hadamardInitialization({
      classCount: 4,
      width: 6,
      spectrum: 1,
      ...(seed === undefined ? {} : { seed }),
    }).w1;
  // The rows of the axes that R leaves out are 0.
  expect([...make().data.subarray(16)]).toEqual(new Array(8).fill(0));
  expect(
    make(1)
      .data.subarray(16)
      .every((v) => v !== 0),
  ).toBe(true);
  expect(make(1)).toEqual(make(1));
  expect(make(2)).not.toEqual(make(1));
});

test("bad arguments", () => {
  const base = { classCount: 5, width: 5, spectrum: [0, 1, 2, 2, 1] };
  expect(() => hadamardInitialization({ ...base, width: 4 })).toThrow(
    "width = 4, expected at least the 5 classes",
  );
  expect(() => hadamardInitialization({ ...base, spectrum: [0, 1, 2, 2, 3] })).toThrow(
    "spectrum is not even on Z_5: the opposite characters 1 and 4 have 1 and 3",
  );
  expect(() => hadamardInitialization({ ...base, spectrum: [1] })).toThrow("spectrum has length 1");
  expect(() => hadamardInitialization({ ...base, spectrum: NaN })).toThrow("spectrum[1] = NaN");
  expect(() => hadamardInitialization({ ...base, group: [4] })).toThrow(
    "group Z_4 has order 4, expected classCount = 5",
  );
  expect(() => hadamardInitialization({ ...base, imbalance: [0, 1, 0, 0, 2] })).toThrow(
    "imbalance is not even",
  );
  expect(() => hadamardInitialization({ ...base, classCount: 0 })).toThrow("classCount = 0");
  expect(() => hadamardInitialization({ ...base, width: 5.5 })).toThrow("width = 5.5");
  expect(() => hadamardInitialization({ ...base, group: [2, 3] })).toThrow(
    "group Z_2 x Z_3 has order 6",
  );
  const layers = {
    group: [2],
    singularValues: [
      [1, 1],
      [1, 1],
    ],
    widths: [2],
  };
  expect(() => layersFromSpectra({ ...layers, samplesPerClass: 0 })).toThrow("samplesPerClass = 0");
  expect(() => layersFromSpectra({ ...layers, widths: [2.5] })).toThrow("widths[0] = 2.5");
  expect(() => layersFromSpectra({ ...layers, singularValues: [[1, 1], [1]] })).toThrow(
    "singularValues[1] has length 1",
  );
  expect(() => layersFromSpectra({ group: [2], singularValues: [[1, 1]], widths: [2] })).toThrow(
    "singularValues has 1 layers, expected 2 for 1 hidden widths",
  );
  expect(() =>
    layersFromSpectra({
      group: [3],
      singularValues: [
        [1, 1, 1],
        [1, 1, 1],
      ],
      widths: [2],
    }),
  ).toThrow("widths[0] = 2, expected at least k = 3");
});
