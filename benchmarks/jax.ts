import type * as Jax from "@jax-js/jax";

let loaded: Promise<typeof Jax> | undefined;

async function load(): Promise<typeof Jax> {
  // Node 20 has neither of these two, which jax-js looks at when it starts.
  const globals = globalThis as { Float16Array?: unknown; navigator?: unknown };
  globals.Float16Array ??= class {};
  globals.navigator ??= {};
  const jax = await import("@jax-js/jax");
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  return jax;
}

/** jax-js on its WebAssembly backend. */
export function loadJax(): Promise<typeof Jax> {
  loaded ??= load();
  return loaded;
}
