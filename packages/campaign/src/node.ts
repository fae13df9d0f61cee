/**
 * The parts of a campaign that need Node: threads, the store on disk, loading campaigns, the built-in one.
 *
 * @packageDocumentation
 */
export { codeVersion } from "./node/code-version.js";
export { type FileCalls, FileStore, type FileStoreOptions } from "./node/file-store.js";
export {
  type InvariantsCampaignOptions,
  type InvariantsPayload,
  type InvariantsSettings,
  invariantsCampaign,
} from "./node/invariants-campaign.js";
export { campaignModule, loadCampaign } from "./node/load-campaign.js";
export { ThreadPool, type ThreadPoolOptions } from "./node/thread-pool.js";
export { type ThreadsEngineOptions, threadsEngine } from "./node/threads-engine.js";
export {
  type RedisAddress,
  type RedisEnvironment,
  type RedisSettings,
  redisSettings,
} from "./queue/address.js";
export { QueueEngine } from "./queue/engine.js";
export type {
  CampaignProgress,
  QueueCounters,
  QueueEngineOptions,
} from "./queue/engine-options.js";
export {
  type Execute,
  QueueWorker,
  type QueueWorkerOptions,
  type WorkerCounters,
  type WorkerNotice,
} from "./queue/worker.js";
