import type { AnyCampaign } from "../contract.js";
import type { RedisSettings } from "./address.js";

/** How much of a campaign is known, as the coordinator's store says. */
export interface CampaignProgress {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
}

/** Where and how a campaign is put on a queue. */
export interface QueueEngineOptions {
  readonly campaign: AnyCampaign;
  readonly redis: RedisSettings;
  /** Name of the queue; default: that of the campaign. */
  readonly queue?: string;
  /** Attempts for a job that throws, after which it is given up; default 3. */
  readonly attempts?: number;
  /** Milliseconds before the second attempt; doubled for each further one, with half of it random. Default 1000. */
  readonly backoff?: number;
  /** Jobs on the server at one time; default 1000. */
  readonly window?: number;
  /** Characters of payload on the server at one time, about; default 2^26. */
  readonly windowSize?: number;
  /** At most so many jobs start in so many milliseconds, over all workers. */
  readonly rate?: { readonly jobs: number; readonly ms: number };
  /** For `xent campaign status`; without it, only jobs of this run are counted. */
  readonly progress?: () => CampaignProgress | undefined;
  /** Hears of outages and of a queue without workers. */
  readonly onWarning?: (text: string) => void;
  /** Milliseconds for which an outage of the server is waited out; default 15 minutes. */
  readonly patience?: number;
  /** Milliseconds between searches for jobs that the server lost; default 10 s. */
  readonly sweepInterval?: number;
  /** Milliseconds after which a coordinator that is gone no longer blocks the queue; default 30 s. */
  readonly lease?: number;
}

/** What a coordinator did, beside what its store knows; for metrics. */
export interface QueueCounters {
  sent: number;
  told: number;
  failed: number;
  resent: number;
  refused: number;
}
