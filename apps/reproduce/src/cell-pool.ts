import { fileURLToPath } from "node:url";
import { jobId, messageOf } from "@xent/campaign";
import { ThreadPool } from "@xent/campaign/node";
import { campaign } from "./campaign.js";
import { type Cell, keyOf } from "./cells.js";

/**
 * Runs cells on the threads of the campaign of cells, each the next one when it is done; a run depends on its cell
 * alone, so that the number of threads changes nothing but the time.
 *
 * @param onRun - called for each cell as soon as it is run, in no particular order.
 * @throws Error of the first cell that fails; the others are given up then.
 */
export async function runOnThreads(
  cells: readonly Cell[],
  threads: number,
  onRun: (cell: Cell, run: unknown) => void,
): Promise<void> {
  const workers = Math.min(threads, cells.length);
  const module = fileURLToPath(new URL("./campaign.js", import.meta.url));
  const pool = new ThreadPool({ module, workers });
  const { signal } = new AbortController();
  const queue = cells.entries();
  const lane = async (): Promise<void> => {
    // By hand: leaving a `for of` early would close the iterator that the lanes share.
    for (let next = queue.next(); next.done !== true; next = queue.next()) {
      const [index, cell] = next.value;
      const payload = keyOf(cell);
      const id = jobId(campaign.name, campaign.version, payload);
      const { result } = await pool.execute(messageOf(campaign, { id, index, payload }), signal);
      onRun(cell, JSON.parse(result));
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, lane));
  } finally {
    await pool.close();
  }
}
