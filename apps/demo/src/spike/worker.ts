import { runSpike, type SpikeJob, type SpikeResult } from "./run.js";

/** The task of a worker thread: one run. */
export default function work(job: SpikeJob): SpikeResult {
  return runSpike(job);
}
