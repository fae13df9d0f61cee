import { join } from "node:path";
import { givenSettings, type Named } from "./cli-settings.js";
import type { Engine } from "./contract.js";
import { FileStore } from "./node/file-store.js";
import {
  readRunRecord,
  removeHeartbeat,
  writeHeartbeat,
  writeRunRecord,
} from "./node/run-record.js";
import { threadsEngine } from "./node/threads-engine.js";
import { writeWhole } from "./node/write-whole.js";
import { formatProgress, Pace, type Progress } from "./pace.js";
import { type CampaignReport, reportOf, runCampaign, type Tally } from "./run-campaign.js";

/** Options of `xent campaign run`, those of the campaign apart. */
export interface RunFlags {
  readonly settings?: string;
  readonly store?: string;
  readonly workers: number;
  readonly retries?: number;
  readonly jobTimeout?: number;
  readonly time?: number;
  readonly retryFailed?: true;
  readonly json?: true;
  readonly html?: string;
}

/** Where a campaign's results are when nothing else is said. */
export function defaultStore(campaign: string): string {
  return join(".campaign", campaign);
}

/** Makes the engine of a run: threads, or a queue; `progress` is what the store knows so far. */
export type EngineOf = (progress: () => Progress) => Promise<Engine>;

/** The engine when no queue is asked for. */
export function threadsOf(named: Named, flags: RunFlags): EngineOf {
  return () =>
    Promise.resolve(
      threadsEngine({
        ...named,
        workers: flags.workers,
        ...(flags.retries === undefined ? {} : { retries: flags.retries }),
        ...(flags.jobTimeout === undefined ? {} : { timeout: flags.jobTimeout }),
      }),
    );
}

/** Writes the report where it was asked for; what is missing or failed goes to stderr. */
export function printReport(
  { report, tally, failures }: CampaignReport,
  flags: { readonly json?: true; readonly html?: string },
): void {
  if (flags.html !== undefined) {
    if (report.html === undefined) process.stderr.write("this campaign has no page\n");
    else writeWhole(flags.html, report.html);
  }
  const text = flags.json === true ? JSON.stringify(report.json, null, 2) : report.text;
  process.stdout.write(`${text}\n`);
  for (const f of failures.slice(0, 10)) {
    process.stderr.write(
      `failed: ${JSON.stringify(f.payload)}: ${f.error} (${f.attempts} tries)\n`,
    );
  }
  if (tally.failed > 10) process.stderr.write(`and ${tally.failed - 10} more\n`);
  if (tally.missing > 0) {
    process.stderr.write(
      `${tally.missing} of ${tally.total} jobs have not been run; the same command goes on\n`,
    );
  }
}

/** Redraws a line on a terminal; elsewhere one line in half a minute. */
function progressPrinter(): { show(progress: Progress): void; end(): void } {
  const tty = process.stderr.isTTY;
  let last = tty ? Number.NEGATIVE_INFINITY : performance.now();
  return {
    show(progress) {
      const now = performance.now();
      if (now - last < (tty ? 200 : 30_000)) return;
      last = now;
      const text = formatProgress(progress);
      process.stderr.write(tty ? `\r\u001b[K${text}` : `${text}\n`);
    },
    end() {
      if (tty) process.stderr.write("\r\u001b[K");
    },
  };
}

/** The first signal drains, the second ends at once. */
function onSignals(
  drain: AbortController,
  kill: AbortController,
): {
  /** 130 or 143 after a signal, as a shell says it. */
  code(): number | undefined;
  off(): void;
} {
  let code: number | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    if (code !== undefined) {
      kill.abort();
      return;
    }
    code = signal === "SIGINT" ? 130 : 143;
    process.stderr.write(
      `\n${signal}: the jobs that run are finished, then this is what is known; again to stop at once\n`,
    );
    drain.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return {
    code: () => code,
    off() {
      process.off("SIGINT", stop);
      process.off("SIGTERM", stop);
    },
  };
}

/** Runs or resumes a campaign and prints what it says. Returns the exit code. */
export async function runCommand(
  named: Named,
  flags: RunFlags & Readonly<Record<string, unknown>>,
  engineOf: EngineOf,
): Promise<number> {
  const { campaign, module } = named;
  const given = givenSettings(campaign, flags, flags.settings);
  const settings = campaign.parseSettings(given);
  const folder = flags.store ?? defaultStore(campaign.name);
  const store = new FileStore(folder);
  try {
    if (store.damaged > 0) {
      process.stderr.write(`${store.damaged} damaged lines of ${folder} are not used\n`);
    }
    const before = readRunRecord(folder);
    if (before !== undefined && before.version !== campaign.version) {
      process.stderr.write(
        `the code is of another version than at the last run (${before.version}, now ${campaign.version}): its results are not used\n`,
      );
    }
    if (flags.html !== undefined) writeWhole(flags.html, ""); // fails now rather than after the work
    writeRunRecord(folder, {
      format: "xent-campaign-run-1",
      module,
      campaign: campaign.name,
      version: campaign.version,
      settings: given,
    });
    const drain = new AbortController();
    const kill = new AbortController();
    const signals = onSignals(drain, kill);
    const timer =
      flags.time === undefined
        ? undefined
        : setTimeout(() => {
            drain.abort();
          }, flags.time);
    const total = campaign.size(settings);
    let progress = new Pace().progress({ total, done: 0, failed: 0 });
    const printer = progressPrinter();
    const heart = setInterval(() => {
      writeHeartbeat(folder, progress);
    }, 2000);
    let engine: Engine | undefined;
    let tally: Tally;
    try {
      engine = await engineOf(() => progress);
      tally = await runCampaign({
        ...{ campaign, settings, engine, store },
        ...{ drain: drain.signal, kill: kill.signal },
        retryFailed: flags.retryFailed === true,
        onProgress: (now) => {
          progress = now;
          printer.show(now);
        },
      });
    } finally {
      printer.end();
      clearInterval(heart);
      removeHeartbeat(folder);
      clearTimeout(timer);
      signals.off();
      await engine?.close();
    }
    store.sync();
    const known = await reportOf(campaign, settings, store);
    printReport(known, flags);
    return signals.code() ?? (known.report.ok && tally.failed === 0 ? 0 : 1);
  } finally {
    store.close();
  }
}
