/**
 * Campaigns of independent, deterministic jobs: what they are, their ids, and running them on any engine.
 * Nothing here needs Node; threads, files and queues are in `@xent/campaign/node`.
 *
 * @packageDocumentation
 */
export { canonicalJson } from "./canonical-json.js";
export {
  type AnyCampaign,
  type CampaignDefinition,
  defineCampaign,
  type Engine,
  type EngineEvents,
  type EngineSignals,
  type Entry,
  type Job,
  type JobFailure,
  type JobStats,
  type Json,
  type Report,
  type RunContext,
  type Store,
  type Stored,
} from "./contract.js";
export { errorLine, inlineEngine } from "./engine-inline.js";
export {
  CampaignError,
  type CampaignErrorCode,
  EngineError,
  NondeterminismError,
  StoreError,
  StoreLockedError,
  VersionMismatchError,
} from "./errors.js";
export {
  executeJob,
  isPermanent,
  JobError,
  type JobMessage,
  messageOf,
  parseMessage,
} from "./execute.js";
export { JOB_ID_PATTERN, jobId, jobsOfPlan } from "./job-id.js";
export { MemoryStore } from "./memory-store.js";
export { formatDuration, formatProgress, Pace, type Progress } from "./pace.js";
export {
  type CampaignReport,
  type FailedJob,
  type RunCampaignOptions,
  reportOf,
  runCampaign,
  type Tally,
  tally,
} from "./run-campaign.js";
export { sha256Hex } from "./sha256.js";
