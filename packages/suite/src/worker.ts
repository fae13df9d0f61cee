import { workerData } from "node:worker_threads";
import { loadSuites } from "./load-suites.js";
import { runShard, type ShardJob, type ShardResult } from "./shard.js";
import { select } from "./suite.js";

const { modulePath } = workerData as { modulePath?: string };
const byId = new Map(select(await loadSuites(modulePath)).map((s) => [s.invariant.id, s]));

/** The task of a worker thread: one shard. */
export default function work(job: ShardJob): ShardResult {
  const selected = byId.get(job.id);
  if (selected === undefined) throw new Error(`no invariant has the id "${job.id}"`);
  return runShard(selected, job);
}
