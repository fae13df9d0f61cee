import { defaultDevice, init } from "@jax-js/jax";
import { DomainError } from "@xent/linalg";

/**
 * Starts jax-js on its WebAssembly backend and makes that the default device. Call it once, before any
 * array is made. Node 20 lacks two globals that jax-js 0.1 looks at (`navigator`, `Float16Array`):
 * where they are missing, empty ones are put in place.
 *
 * @throws DomainError where there is no WebAssembly.
 */
export async function startJax(): Promise<void> {
  const globals = globalThis as { Float16Array?: unknown; navigator?: unknown };
  globals.Float16Array ??= class {};
  globals.navigator ??= {};
  const devices = await init("wasm");
  if (!devices.includes("wasm")) {
    throw new DomainError(`jax-js offers ${devices.join(", ")}, expected wasm`);
  }
  defaultDevice("wasm");
}
