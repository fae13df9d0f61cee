import { type Cell, type CellResult, runCell } from "./grid.js";

/** The task of a worker thread: one run. */
export default function work(cell: Cell): CellResult {
  return runCell(cell);
}
