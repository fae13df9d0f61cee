import { parentPort } from "node:worker_threads";
import { createProgress } from "@xent/app-kit";
import type { CellAnswer } from "./cell-pool.js";
import { type CellKey, cellOf, runCell } from "./cells.js";

const port = parentPort!;
// The thread that asks tells people how far the work is.
const progress = createProgress({ silent: true });

async function answer(key: CellKey): Promise<CellAnswer> {
  try {
    return { run: await runCell(cellOf(key), progress) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { error: { name, message } };
  }
}

port.on("message", (key: CellKey) => {
  void answer(key).then((a) => port.postMessage(a));
});
