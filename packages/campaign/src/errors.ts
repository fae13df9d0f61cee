/** Machine-readable code of a {@link CampaignError}. */
export type CampaignErrorCode =
  | "CAMPAIGN_NONDETERMINISM"
  | "CAMPAIGN_STORE"
  | "CAMPAIGN_LOCKED"
  | "CAMPAIGN_VERSION"
  | "CAMPAIGN_ENGINE";

/** Base of what a campaign throws on purpose, beside the DomainError of bad input. */
export class CampaignError extends Error {
  /** Stable code to branch on; messages may change. */
  readonly code: CampaignErrorCode;

  constructor(code: CampaignErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** One job gave two results: it is not deterministic, or two versions of the code call themselves the same. */
export class NondeterminismError extends CampaignError {
  /** Id of the job. */
  readonly id: string;

  constructor(id: string, message: string) {
    super("CAMPAIGN_NONDETERMINISM", message);
    this.id = id;
  }
}

/** The store cannot be read or written; what it held before stays readable. */
export class StoreError extends CampaignError {
  /** The system's code where there is one: ENOSPC, EIO, EACCES. */
  readonly systemCode: string | undefined;

  constructor(
    message: string,
    options: { readonly systemCode?: string; readonly cause?: unknown } = {},
  ) {
    super("CAMPAIGN_STORE", message, { cause: options.cause });
    this.systemCode = options.systemCode;
  }
}

/** Another coordinator holds the store. */
export class StoreLockedError extends CampaignError {
  constructor(message: string) {
    super("CAMPAIGN_LOCKED", message);
  }
}

/** A job of another version of the code: its result would not be the one that is asked for. */
export class VersionMismatchError extends CampaignError {
  constructor(message: string) {
    super("CAMPAIGN_VERSION", message);
  }
}

/** The engine itself failed (its server is gone, its threads cannot start), not a job. */
export class EngineError extends CampaignError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("CAMPAIGN_ENGINE", message, options);
  }
}
