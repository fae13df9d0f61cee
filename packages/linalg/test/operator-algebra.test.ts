import { describe, expect, test } from "vitest";
import {
  addOperators,
  composeOperators,
  type Dense,
  dense,
  denseOperator,
  diagonalOperator,
  dot,
  gramOperator,
  identityOperator,
  type LinearOperator,
  lowRankPlusDiagonal,
  multiply,
  multiplyTransposeA,
  multiplyTransposeB,
  norm2,
  operatorToDense,
  SeededRandom,
  scaleOperator,
  transpose,
  transposeOperator,
} from "../src/index.js";

const U = 2 ** -53;
const source = new SeededRandom(42);

function random(rows: number, cols: number): Dense {
  return dense(rows, cols, source.normals(rows * cols));
}

function close(a: Dense, b: Dense, scale: number): void {
  expect([a.rows, a.cols]).toEqual([b.rows, b.cols]);
  const d = norm2(a.data.map((v, i) => v - b.data[i]!));
  expect(d).toBeLessThanOrEqual(100 * U * scale);
}

/** <y, A x> = <A^T y, x>, and results in `out` equal fresh ones. */
function adjoint(operator: LinearOperator): void {
  const x = source.normals(operator.cols);
  const y = source.normals(operator.rows);
  const ax = operator.apply(x);
  const aty = operator.applyTranspose!(y);
  const scale = norm2(operatorToDense(operator).data) * norm2(x) * norm2(y);
  expect(Math.abs(dot(y, ax) - dot(aty, x))).toBeLessThanOrEqual(100 * U * scale);
  const outX = new Float64Array(operator.rows).fill(Number.NaN);
  expect(operator.apply(x, outX)).toBe(outX);
  expect(outX).toEqual(ax);
  const outY = new Float64Array(operator.cols).fill(Number.NaN);
  expect(operator.applyTranspose!(y, outY)).toBe(outY);
  expect(outY).toEqual(aty);
}

describe("operator algebra", () => {
  const a = random(4, 6);
  const b = random(6, 3);
  const c = random(4, 6);
  const A = denseOperator(a);
  const B = denseOperator(b);

  test("dense and diagonal", () => {
    expect(operatorToDense(A)).toEqual(a);
    adjoint(A);
    const d = diagonalOperator(Float64Array.of(1, -2, 3));
    expect(d.tags).toEqual({ symmetric: true, psd: false });
    expect(identityOperator(3).tags?.psd).toBe(true);
    adjoint(d);
    expect(d.apply(Float64Array.of(1, 1, 1))).toEqual(Float64Array.of(1, -2, 3));
  });

  test("composition is the product", () => {
    const AB = composeOperators(A, B);
    close(operatorToDense(AB), multiply(a, b), norm2(a.data) * norm2(b.data));
    adjoint(AB);
    const nested = composeOperators(AB, transposeOperator(AB), A);
    adjoint(nested);
    expect(() => composeOperators(B, A)).toThrow("operators[0] is 6 x 3, operators[1] is 4 x 6");
    expect(() => composeOperators()).toThrow("at least one");
  });

  test("sum and multiple", () => {
    const S = addOperators(A, scaleOperator(-2, denseOperator(c)), A);
    const expected = dense(
      4,
      6,
      a.data.map((v, i) => 2 * v - 2 * c.data[i]!),
    );
    close(operatorToDense(S), expected, norm2(expected.data) + norm2(a.data));
    adjoint(S);
    expect(() => addOperators(A, B)).toThrow("operators[1] is 6 x 3, operators[0] is 4 x 6");
  });

  test("transpose and Gram", () => {
    close(operatorToDense(transposeOperator(A)), transpose(a), norm2(a.data));
    const scale = norm2(a.data) ** 2;
    close(operatorToDense(gramOperator(A)), multiplyTransposeA(a, a), scale);
    close(operatorToDense(gramOperator(A, "rows")), multiplyTransposeB(a, a), scale);
    adjoint(gramOperator(A));
    const forwardOnly: LinearOperator = { rows: 4, cols: 6, apply: (x, out) => A.apply(x, out) };
    expect(() => gramOperator(forwardOnly)).toThrow("has no applyTranspose");
    expect("applyTranspose" in composeOperators(forwardOnly, B)).toBe(false);
  });

  test("tags follow the rules", () => {
    const psd = gramOperator(A);
    const indefinite = diagonalOperator(Float64Array.of(1, -1, 1, 1, 1, 1));
    expect(addOperators(psd, identityOperator(6)).tags).toEqual({ symmetric: true, psd: true });
    expect(addOperators(psd, indefinite).tags).toEqual({ symmetric: true, psd: false });
    expect(scaleOperator(-1, psd).tags).toEqual({ symmetric: true, psd: false });
    expect(composeOperators(psd, psd).tags).toEqual({});
  });

  test("out must not be the input where that would be wrong", () => {
    const square = denseOperator(random(3, 3));
    const x = new Float64Array(3);
    expect(() => square.apply(x, x)).toThrow("out shares memory with x");
    expect(() => square.apply(new Float64Array(4))).toThrow("x has length 4, expected 3");
  });
});

describe("lowRankPlusDiagonal", () => {
  const n = 30;
  const u = random(n, 4);
  const v = random(n, 4);
  const positive = source.normals(n).map((t) => Math.abs(t) + 0.1);

  test.each([
    ["symmetric positive", { diagonal: positive, left: u }],
    ["symmetric, signed diagonal", { diagonal: positive.map((d, i) => (i % 2 ? d : -d)), left: u }],
    ["not symmetric", { diagonal: positive, left: u, right: v }],
  ])("applies and solves: %s", (_, options) => {
    const operator = lowRankPlusDiagonal(options);
    const right = "right" in options ? options.right : options.left;
    const matrix = multiplyTransposeB(options.left, right);
    for (let i = 0; i < n; i++) matrix.data[i * (n + 1)]! += options.diagonal[i]!;
    close(operatorToDense(operator), matrix, norm2(matrix.data));
    adjoint(operator);
    expect(operator.status).toBe("regular");
    const b = source.normals(n);
    const x = operator.solve(b);
    const r = operator.apply(x).map((t, i) => t - b[i]!);
    // After one refinement the residual is backward stable as long as kappa(capacitance) u << 1.
    expect(operator.capacitanceCondition()).toBeLessThan(1e6);
    expect(norm2(r)).toBeLessThanOrEqual(100 * U * (norm2(matrix.data) * norm2(x) + norm2(b)));
  });

  test("says singular", () => {
    const zero = lowRankPlusDiagonal({ diagonal: Float64Array.of(1, 0), left: dense(2, 1) });
    expect(zero.status).toBe("singular");
    expect(() => zero.solve(Float64Array.of(1, 1))).toThrow("cannot be solved");
    const one = dense(1, 1, Float64Array.of(1));
    const minus = dense(1, 1, Float64Array.of(-1));
    const cancelled = lowRankPlusDiagonal({
      diagonal: Float64Array.of(1),
      left: one,
      right: minus,
    });
    expect(cancelled.status).toBe("singular");
  });

  test("agrees with a Gram plus damping", () => {
    const lambda = 0.3;
    const woodbury = lowRankPlusDiagonal({ diagonal: new Float64Array(n).fill(lambda), left: u });
    const sum = addOperators(
      gramOperator(denseOperator(u), "rows"),
      scaleOperator(lambda, identityOperator(n)),
    );
    close(operatorToDense(woodbury), operatorToDense(sum), norm2(u.data) ** 2);
    expect(sum.tags?.psd).toBe(true);
  });
});
