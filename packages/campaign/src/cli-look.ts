import { DomainError } from "@xent/linalg";
import { printReport } from "./cli-run.js";
import type { AnyCampaign } from "./contract.js";
import { FileStore } from "./node/file-store.js";
import { loadCampaign } from "./node/load-campaign.js";
import { type RunRecord, readHeartbeat, readRunRecord } from "./node/run-record.js";
import { formatProgress, Pace } from "./pace.js";
import { reportOf, tally } from "./run-campaign.js";

/** A coordinator writes every 2 s; silence of five times that means that it is gone. */
const HEARTBEAT_AGE = 10_000;

interface Opened {
  readonly record: RunRecord;
  readonly campaign: AnyCampaign;
  readonly settings: unknown;
  readonly store: FileStore;
}

async function open(folder: string): Promise<Opened> {
  const record = readRunRecord(folder);
  if (record === undefined) throw new DomainError(`no campaign was run in ${folder}`);
  const campaign = await loadCampaign(record.module);
  const settings = campaign.parseSettings(record.settings);
  const store = new FileStore(folder, { readOnly: true });
  if (campaign.version !== record.version) {
    process.stderr.write(
      `the code is of another version than the results (${record.version}, now ${campaign.version})\n`,
    );
  }
  // Asked for by the ids under which they were stored.
  return { record, campaign: { ...campaign, version: record.version }, settings, store };
}

/** Says how far a store is, whether or not a coordinator fills it. */
export async function statusCommand(
  folder: string,
  flags: { readonly json?: true },
): Promise<number> {
  const { campaign, record, settings, store } = await open(folder);
  try {
    const counts = tally(campaign, settings, store);
    const beat = readHeartbeat(folder, HEARTBEAT_AGE);
    if (flags.json === true) {
      const { failures } = await reportOf(campaign, settings, store);
      const running =
        beat === undefined
          ? null
          : { pid: beat.pid, perSecond: beat.progress.perSecond, eta: beat.progress.eta };
      const value = {
        campaign: campaign.name,
        version: record.version,
        ...counts,
        running,
        failures,
      };
      process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
      return 0;
    }
    const still = new Pace().progress(counts);
    const { perSecond, eta } = beat?.progress ?? still;
    const who = beat === undefined ? "not running" : `running as process ${beat.pid}`;
    process.stdout.write(
      `${campaign.name} in ${folder}: ${formatProgress({ ...still, perSecond, eta })}; ${who}\n`,
    );
    return 0;
  } finally {
    store.close();
  }
}

/** Prints what a store's campaign says, as `run` does at its end. */
export async function reportCommand(
  folder: string,
  flags: { readonly json?: true; readonly html?: string },
): Promise<number> {
  const { campaign, settings, store } = await open(folder);
  try {
    const known = await reportOf(campaign, settings, store);
    printReport(known, flags);
    return known.report.ok && known.tally.failed === 0 ? 0 : 1;
  } finally {
    store.close();
  }
}
