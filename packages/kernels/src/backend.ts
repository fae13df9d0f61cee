import { compiledKernels, compileEventually } from "./compiled.js";

/**
 * Which implementation computes:
 * - `"auto"`: WebAssembly where it is faster, plain TypeScript below and where the engine lacks it;
 * - `"plain"`: TypeScript alone;
 * - `"simd"`: WebAssembly at every size that it can take; an engine that cannot run it throws.
 */
export type KernelMode = "auto" | "plain" | "simd";

/** What {@link kernelBackend} reports. */
export interface KernelBackend {
  readonly mode: KernelMode;
  /** What large inputs use now. */
  readonly backend: "simd" | "plain";
  /** Why the backend is plain; absent when it is not. */
  readonly reason?: string;
  /** Bytes of WebAssembly memory held for copies; 0 before the first use. Arenas are not counted. */
  readonly memoryBytes: number;
}

const MODES: readonly string[] = ["auto", "plain", "simd"];

let mode: KernelMode = "auto";

function requireMode(next: KernelMode): void {
  if (!MODES.includes(next)) {
    throw new RangeError(`mode is ${String(next)}, expected "auto", "plain" or "simd"`);
  }
  if (next !== "simd") return;
  const compiled = compiledKernels();
  if (!("module" in compiled)) throw new Error(`the SIMD kernels cannot run: ${compiled.reason}`);
}

/**
 * Chooses the implementation for this thread, from now on.
 *
 * @returns the mode before.
 * @throws RangeError for another string; Error for `"simd"` where it cannot run.
 */
export function useKernels(next: KernelMode): KernelMode {
  requireMode(next);
  const before = mode;
  mode = next;
  return before;
}

/** Runs `action` (synchronous) in a mode and goes back to the mode before. Throws like {@link useKernels}. */
export function withKernels<Result>(next: KernelMode, action: () => Result): Result {
  const before = useKernels(next);
  try {
    return action();
  } finally {
    mode = before;
  }
}

/** Mode, backend in use and, when it is the plain one, why. Compiles the kernels if that was not done yet. */
export function kernelBackend(): KernelBackend {
  if (mode === "plain") {
    return { mode, backend: "plain", reason: "chosen by useKernels", memoryBytes: 0 };
  }
  const compiled = compiledKernels();
  return "module" in compiled
    ? { mode, backend: "simd", memoryBytes: compiled.shared.memory.buffer.byteLength }
    : { mode, backend: "plain", reason: compiled.reason, memoryBytes: 0 };
}

/**
 * Resolves when the kernels are compiled, or known not to compile. Only engines that refuse to compile synchronously need
 * it: until then they use the plain path.
 */
export async function kernelsReady(): Promise<KernelBackend> {
  await compileEventually();
  return kernelBackend();
}

/** True when an input of `size` takes the SIMD path: `size` reaches `threshold`, or the mode forces it. */
export function takesSimd(size: number, threshold: number): boolean {
  if (mode === "plain" || (mode === "auto" && size < threshold)) return false;
  return mode === "simd" || "module" in compiledKernels();
}
