import { Worker } from "node:worker_threads";
import { type Cell, keyOf } from "./cells.js";

/** What a worker answers. */
export type CellAnswer =
  | { readonly run: unknown }
  | { readonly error: { readonly name: string; readonly message: string } };

/**
 * Runs cells on worker threads, each the next one when it is done; a run depends on its cell alone, so that the
 * number of threads changes nothing but the time.
 *
 * @param onRun - called for each cell as soon as it is run, in no particular order.
 * @throws Error of the first cell that fails; the others are given up then.
 */
export async function runOnThreads(
  cells: readonly Cell[],
  threads: number,
  onRun: (cell: Cell, run: unknown) => void,
): Promise<void> {
  const queue = cells.values();
  const workers: Worker[] = [];
  const lane = async (): Promise<void> => {
    const worker = new Worker(new URL("./worker.js", import.meta.url));
    workers.push(worker);
    for (let next = queue.next(); next.done !== true; next = queue.next()) {
      onRun(next.value, await ask(worker, next.value));
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(threads, cells.length) }, lane));
  } finally {
    await Promise.all(workers.map((w) => w.terminate()));
  }
}

function ask(worker: Worker, cell: Cell): Promise<unknown> {
  return new Promise((resolve, reject) => {
    // One by one: removing all listeners of a worker removes its own too, and it never speaks again.
    const settle = (act: () => void): void => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      act();
    };
    const onMessage = (answer: CellAnswer): void => {
      settle(() => {
        if ("run" in answer) resolve(answer.run);
        else reject(Object.assign(new Error(answer.error.message), { name: answer.error.name }));
      });
    };
    const onError = (error: unknown): void => {
      settle(() => reject(error instanceof Error ? error : new Error(String(error))));
    };
    const onExit = (code: number): void => {
      settle(() => reject(new Error(`a worker thread ended with code ${code}`)));
    };
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    worker.postMessage(keyOf(cell));
  });
}
