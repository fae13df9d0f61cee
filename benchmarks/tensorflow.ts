import type * as Core from "@tensorflow/tfjs-core";

let loaded: Promise<typeof Core> | undefined;

async function load(): Promise<typeof Core> {
  const tf = await import("@tensorflow/tfjs-core");
  await import("@tensorflow/tfjs-backend-wasm");
  // Else it advertises its native addon.
  tf.env().set("IS_TEST", true);
  if (!(await tf.setBackend("wasm"))) throw new Error("TensorFlow.js has no wasm backend here");
  await tf.ready();
  return tf;
}

/** TensorFlow.js on its WebAssembly backend: float32, of which it has no float64. */
export function loadTensorflow(): Promise<typeof Core> {
  loaded ??= load();
  return loaded;
}
