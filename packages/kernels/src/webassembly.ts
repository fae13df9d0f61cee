/** The part of the WebAssembly interface that is used here; the host may lack it. */
export interface WebAssemblyHost {
  Module: new (bytes: Uint8Array<ArrayBuffer>) => WasmModule;
  Instance: new (
    module: WasmModule,
    imports: { env: { memory: WasmMemory } },
  ) => { readonly exports: unknown };
  Memory: new (descriptor: { initial: number; maximum?: number }) => WasmMemory;
  compile(bytes: Uint8Array<ArrayBuffer>): Promise<WasmModule>;
  instantiate(
    module: WasmModule,
    imports: { env: { memory: WasmMemory } },
  ): Promise<{ readonly exports: unknown }>;
  validate(bytes: Uint8Array<ArrayBuffer>): boolean;
}

/** A compiled module: opaque. */
export type WasmModule = object;

/** Memory in pages of 64 KiB; growing it detaches the old buffer. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** Bytes of a page of WebAssembly memory. */
export const PAGE_BYTES = 65536;

/** WebAssembly of this engine, when it has it. */
export function webAssemblyHost(): WebAssemblyHost | undefined {
  return (globalThis as { WebAssembly?: WebAssemblyHost }).WebAssembly;
}
