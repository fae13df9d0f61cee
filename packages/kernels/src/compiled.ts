import { decodeBase64 } from "./base64.js";
import { expTable } from "./exp.js";
import type { KernelExports } from "./kernel-exports.js";
import { WASM_BASE64 } from "./wasm-binary.js";
import { type WasmMemory, type WasmModule, webAssemblyHost } from "./webassembly.js";

/** The kernels bound to a memory. */
export interface KernelInstance {
  readonly exports: KernelExports;
  readonly memory: WasmMemory;
}

/** Pages that hold the constants and buffers of the kernels, and a little scratch space. */
const INITIAL_PAGES = 16;

interface Working {
  readonly module: WasmModule;
  /** Works on copies, in a memory that grows. */
  readonly shared: KernelInstance;
}

interface Refused {
  readonly reason: string;
  /** The engine refuses to compile at once, but may do so asynchronously. */
  readonly retry: boolean;
}

/** The instance's exports with its memory, the table of exp filled in. */
function bound(exports: unknown, memory: WasmMemory): KernelInstance {
  const kernels = exports as KernelExports;
  const table = expTable();
  const at = kernels.expTable();
  new Float64Array(memory.buffer, at, table.length).set(table);
  // The kernels want j << 44 taken off the bits of 2^(j/256): 12 places in their upper half.
  const words = new Int32Array(memory.buffer, at, 2 * table.length);
  for (let j = 0; j < table.length / 2; j++) words[4 * j + 1]! -= j << 12;
  return { exports: kernels, memory };
}

let compiled: Working | Refused | undefined;

function compileNow(): Working | Refused {
  const host = webAssemblyHost();
  if (host === undefined) return { reason: "this engine has no WebAssembly", retry: false };
  const bytes = decodeBase64(WASM_BASE64);
  try {
    if (!host.validate(bytes)) {
      return { reason: "the WebAssembly of this engine has no SIMD", retry: false };
    }
    const module = new host.Module(bytes);
    const memory = new host.Memory({ initial: INITIAL_PAGES });
    const { exports } = new host.Instance(module, { env: { memory } });
    return { module, shared: bound(exports, memory) };
  } catch (error) {
    return { reason: String(error), retry: true };
  }
}

/** The compiled kernels or the reason why there are none. Compiles at the first call. */
export function compiledKernels(): Working | Refused {
  compiled ??= compileNow();
  return compiled;
}

/** Compiles asynchronously when the engine refused to do so at once. */
export async function compileEventually(): Promise<void> {
  const now = compiledKernels();
  const host = webAssemblyHost();
  if ("module" in now || !now.retry || host === undefined) return;
  try {
    const module = await host.compile(decodeBase64(WASM_BASE64));
    const memory = new host.Memory({ initial: INITIAL_PAGES });
    const { exports } = await host.instantiate(module, { env: { memory } });
    compiled = { module, shared: bound(exports, memory) };
  } catch (error) {
    compiled = { reason: String(error), retry: true };
  }
}

/** A new instance on a memory of its own that never grows, or undefined when the kernels cannot run. */
export function fixedInstance(pages: number): KernelInstance | undefined {
  const now = compiledKernels();
  const host = webAssemblyHost();
  if (!("module" in now) || host === undefined) return undefined;
  try {
    const memory = new host.Memory({ initial: pages, maximum: pages });
    const { exports } = new host.Instance(now.module, { env: { memory } });
    return bound(exports, memory);
  } catch {
    // No address space left, or an engine that only instantiates asynchronously.
    return undefined;
  }
}

/** Forgets what was compiled: for tests of engines that refuse. */
export function forgetCompiled(): void {
  compiled = undefined;
}
