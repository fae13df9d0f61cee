import { afterEach, expect, test, vi } from "vitest";
import { forgetCompiled } from "../src/compiled.js";
import {
  createKernelArena,
  exp,
  expVector,
  type KernelMode,
  kernelBackend,
  kernelsReady,
  simdWalshHadamard,
  useKernels,
  withKernels,
} from "../src/index.js";

afterEach(() => {
  vi.unstubAllGlobals();
  forgetCompiled();
  useKernels("auto");
});

const many = (): Float64Array => Float64Array.from({ length: 1000 }, (_, i) => i / 100);

test("a mode is chosen, reported and taken back", () => {
  expect(kernelBackend()).toMatchObject({ mode: "auto", backend: "simd" });
  expect(useKernels("plain")).toBe("auto");
  expect(kernelBackend()).toEqual({
    mode: "plain",
    backend: "plain",
    reason: "chosen by useKernels",
    memoryBytes: 0,
  });
  expect(simdWalshHadamard(new Float64Array(1024), 1)).toBe(false);
  withKernels("simd", () => {
    expect(kernelBackend().mode).toBe("simd");
    expect(simdWalshHadamard(new Float64Array(8), 1)).toBe(true);
  });
  expect(kernelBackend().mode).toBe("plain");
  expect(() => withKernels("auto", () => expect(1).toBe(2))).toThrow();
  expect(kernelBackend().mode).toBe("plain");
  expect(() => useKernels("fast" as KernelMode)).toThrow(
    'mode is fast, expected "auto", "plain" or "simd"',
  );
});

test("an engine without WebAssembly computes all the same, and says why it is slow", () => {
  vi.stubGlobal("WebAssembly", undefined);
  forgetCompiled();
  expect(kernelBackend()).toEqual({
    mode: "auto",
    backend: "plain",
    reason: "this engine has no WebAssembly",
    memoryBytes: 0,
  });
  expect(expVector(many())).toEqual(many().map(exp));
  expect(() => useKernels("simd")).toThrow(
    "the SIMD kernels cannot run: this engine has no WebAssembly",
  );
  expect(createKernelArena(100).array(10)).toEqual(new Float64Array(10));
});

test("an engine without SIMD computes all the same", () => {
  vi.stubGlobal("WebAssembly", { ...hostParts(), validate: () => false });
  forgetCompiled();
  expect(kernelBackend().reason).toBe("the WebAssembly of this engine has no SIMD");
  expect(simdWalshHadamard(new Float64Array(1024), 1)).toBe(false);
});

test("an engine that compiles asynchronously only has the kernels once they are ready", async () => {
  class Refusing {
    constructor() {
      throw new RangeError("too large for the main thread");
    }
  }
  vi.stubGlobal("WebAssembly", { ...hostParts(), Module: Refusing });
  forgetCompiled();
  expect(kernelBackend()).toMatchObject({
    backend: "plain",
    reason: "RangeError: too large for the main thread",
  });
  expect((await kernelsReady()).backend).toBe("simd");
  expect(simdWalshHadamard(new Float64Array(1024), 1)).toBe(true);
});

type Host = Record<
  "Module" | "Instance" | "Memory" | "compile" | "instantiate" | "validate",
  unknown
>;

/** The engine's WebAssembly as an object that can be changed; the types of a browser are not loaded here. */
function hostParts(): Host {
  const { Module, Instance, Memory, compile, instantiate, validate } = (
    globalThis as unknown as { WebAssembly: Host }
  ).WebAssembly;
  return { Module, Instance, Memory, compile, instantiate, validate };
}

test("memory grows to the largest input and not with the number of calls", () => {
  const x = new Float64Array(2 ** 17).fill(1);
  const run = (): void => {
    simdWalshHadamard(x, 2 ** -8.5);
    expVector(many());
    expVector(x, new Float64Array(x.length));
  };
  run();
  const { memoryBytes } = kernelBackend();
  for (let i = 0; i < 50; i++) run();
  expect(kernelBackend().memoryBytes).toBe(memoryBytes);
  // The constants and buffers, the input and a page.
  expect(memoryBytes).toBeLessThanOrEqual(16 * 65536 + 8 * x.length + 65536);
});

test("an arena gives aligned arrays that never move, and gives no more than it has", () => {
  const arena = createKernelArena(2 ** 12 + 16);
  const small = arena.array(3);
  const large = arena.array(2 ** 12);
  expect(arena.free).toBe(8);
  expect(large.byteOffset % 64).toBe(0);
  expect(() => arena.array(9)).toThrow("length is 9, expected 0 to 8 free doubles");
  expect(() => createKernelArena(0)).toThrow("capacity is 0, expected an integer from 1 to 2^28");
  small.set([1, 2, 3]);
  large[5] = 1;
  const held = kernelBackend().memoryBytes;
  expect(simdWalshHadamard(large, 1)).toBe(true);
  expect(large.every((v) => Math.abs(v) === 1)).toBe(true);
  expect([...small]).toEqual([1, 2, 3]);
  expect(expVector(large, large)[0]).toBe(Math.E);
  // Worked where they lie.
  expect(kernelBackend().memoryBytes).toBe(held);
});
