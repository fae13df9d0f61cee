/**
 * Runs invariant suites in parallel: deterministic shards, resumable, mergeable in any order.
 *
 * @packageDocumentation
 */
export { htmlReport } from "./html.js";
export { loadSuites } from "./load-suites.js";
export { asTest, type Replay, replay } from "./replay.js";
export { jobsOf, type RunOptions, runSuites } from "./run.js";
export {
  DEFAULT_SEED,
  RATIO_EDGES,
  runShard,
  SHARD_SIZE,
  type ShardJob,
  type ShardResult,
  shardSeed,
} from "./shard.js";
export { type Filter, type Selected, type Suite, select } from "./suite.js";
export { mergeShards, type Summary, summarize } from "./summary.js";
export { formatTable } from "./table.js";
