import { createRequire } from "node:module";
import { DomainError } from "@xent/linalg";
import {
  DEFAULT_SEED,
  formatTable,
  htmlReport,
  loadSuites,
  mergeShards,
  runShard,
  type Selected,
  SHARD_SIZE,
  type ShardResult,
  select,
  summarize,
} from "@xent/suite";
import type { CampaignDefinition } from "../contract.js";
import { codeVersion } from "./code-version.js";

/** Cases and choice of invariants, as the options of `xent-invariants` name them. */
export interface InvariantsSettings {
  readonly runs: number;
  readonly seed: number;
  /** Shards of 250 cases in one job. */
  readonly shards: number;
  /** Ids, in the order of the suites. */
  readonly ids: readonly string[];
}

/** Consecutive shards of one invariant. */
export interface InvariantsPayload {
  readonly id: string;
  /** Index of the first shard. */
  readonly first: number;
  /** Cases of all of them; only the last shard may have less than 250. */
  readonly runs: number;
  readonly seed: number;
}

/** Where the suites come from. */
export interface InvariantsCampaignOptions {
  /** A module with suites of your own, as `xent-invariants --suite` takes it; default: those of the xent packages. */
  readonly suite?: string;
  /** Short, kebab-case; default "invariants". */
  readonly name?: string;
}

const DEFAULT_RUNS = 1000;
/** 2500 cases: tenths of a second to seconds, so that a queue is not the bottleneck and a drain not long. */
const DEFAULT_SHARDS = 10;

type Fields = Partial<
  Record<keyof ShardResult | keyof InvariantsSettings | keyof InvariantsPayload, unknown>
> & {
  readonly package?: unknown;
  readonly source?: unknown;
  readonly error?: unknown;
  readonly tolerance?: unknown;
  readonly case?: unknown;
};

function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new DomainError(`${what} is no object`);
  }
  return value;
}

function integer(value: unknown, name: string, least: number, most: number): number {
  const n = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof n !== "number" || !Number.isInteger(n) || n < least || n > most) {
    throw new DomainError(`${name} = ${String(value)} is not an integer from ${least} to ${most}`);
  }
  return n === 0 ? 0 : n; // not -0, which has no canonical JSON
}

function optionalText(value: unknown, name: string): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw new DomainError(`${name} is no text`);
}

const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);
/** JSON has no NaN and no infinities: what an error was is then not known. */
const isNumberOrNull = (value: unknown): value is number =>
  value === null || typeof value === "number";
const isTextOrNull = (value: unknown): value is string | null =>
  value === null || typeof value === "string";

function parseCase(value: unknown): ShardResult["worst"] {
  if (value === null) return null;
  const { error, tolerance, case: text, path } = fieldsOf(value, "a worst case");
  if (
    !isNumberOrNull(error) ||
    !isNumberOrNull(tolerance) ||
    typeof text !== "string" ||
    !isTextOrNull(path)
  ) {
    throw new DomainError("a worst case is none");
  }
  return { error, tolerance, case: text, path };
}

function parseCounterexample(value: unknown): ShardResult["counterexample"] {
  if (value === null) return null;
  const { error, case: text } = fieldsOf(value, "a counterexample");
  if (typeof error !== "string" || typeof text !== "string") {
    throw new DomainError("a counterexample is none");
  }
  return { error, case: text };
}

const STATUSES: readonly unknown[] = ["holds", "fails", "interrupted", "too-many-discards"];

/** A shard's result out of JSON, in the runner's own order of keys. */
function parseShard(value: unknown): ShardResult {
  const {
    id,
    index,
    status,
    cases,
    discarded,
    worstRatio,
    worst,
    counterexample,
    seed,
    path,
    ...r
  } = fieldsOf(value, "a result");
  if (
    typeof id !== "string" ||
    !STATUSES.includes(status) ||
    !isInteger(index) ||
    !isInteger(cases) ||
    !isInteger(discarded) ||
    !isInteger(seed) ||
    !isTextOrNull(path) ||
    !(worstRatio === "Infinity" || typeof worstRatio === "number") ||
    !Array.isArray(r.histogram) ||
    !r.histogram.every(isInteger) ||
    r.time !== null
  ) {
    throw new DomainError("a result is not that of a shard");
  }
  return {
    ...{ id, index, status: status as ShardResult["status"], cases, discarded, worstRatio },
    ...{ worst: parseCase(worst), counterexample: parseCounterexample(counterexample) },
    ...{ seed, path, histogram: r.histogram, time: null },
  };
}

/**
 * Every invariant of the suites, as jobs: `--runs` cases each, in shards with seeds of their own. Its report is
 * that of `xent-invariants` with the same seed and runs, without the times, which are not reproducible.
 *
 * @throws DomainError when `suite` exports no suites.
 */
export async function invariantsCampaign(
  options: InvariantsCampaignOptions = {},
): Promise<CampaignDefinition<InvariantsSettings, InvariantsPayload, ShardResult>> {
  const all = select(await loadSuites(options.suite));
  const byId = new Map<string, Selected>(all.map((s) => [s.invariant.id, s]));
  const runner = createRequire(import.meta.url).resolve("@xent/suite");
  const chosen = (ids: readonly string[]): Selected[] => ids.map((id) => byId.get(id)!);

  return {
    name: options.name ?? "invariants",
    version: codeVersion(runner, ...(options.suite === undefined ? [] : [options.suite])),
    description: "every invariant of the xent packages, or of suites of your own",
    settings: {
      runs: `cases for each invariant (default ${DEFAULT_RUNS})`,
      seed: `seed of the cases (default ${DEFAULT_SEED})`,
      package: "only this package, e.g. linalg",
      id: "only ids that contain this text",
      source: 'only sources that contain this text, e.g. "[G]"',
      shards: `shards of ${SHARD_SIZE} cases in one job (default ${DEFAULT_SHARDS})`,
    },

    parseSettings(value) {
      const s = fieldsOf(value, "settings");
      const filter = Object.fromEntries(
        (["package", "id", "source"] as const)
          .map((key) => [key, optionalText(s[key], key)] as const)
          .filter(([, text]) => text !== undefined),
      );
      const suites = all.map((one) => ({
        package: one.package,
        invariants: [one.invariant],
        subject: one.subject,
      }));
      const ids = select(suites, filter).map((one) => one.invariant.id);
      if (ids.length === 0) throw new DomainError("no invariant matches package, id and source");
      return {
        runs: integer(s.runs ?? DEFAULT_RUNS, "runs", 1, Number.MAX_SAFE_INTEGER),
        seed: integer(s.seed ?? DEFAULT_SEED, "seed", -0x7fffffff, 0x7fffffff),
        shards: integer(s.shards ?? DEFAULT_SHARDS, "shards", 1, 10_000),
        ids,
      };
    },

    size: ({ ids, runs, shards }) => ids.length * Math.ceil(runs / (shards * SHARD_SIZE)),

    *plan({ ids, runs, seed, shards }) {
      const size = shards * SHARD_SIZE;
      // One job of each invariant in turn, so that a campaign that is stopped knows something of all.
      for (let from = 0; from < runs; from += size) {
        for (const id of ids) {
          yield { id, first: from / SHARD_SIZE, runs: Math.min(size, runs - from), seed };
        }
      }
    },

    parsePayload(value) {
      const { id, first, runs, seed } = fieldsOf(value, "a payload");
      if (typeof id !== "string" || !byId.has(id)) {
        throw new DomainError(`no invariant has the id "${String(id)}"`);
      }
      return {
        id,
        first: integer(first, "first", 0, Number.MAX_SAFE_INTEGER),
        runs: integer(runs, "runs", 1, 10_000 * SHARD_SIZE),
        seed: integer(seed, "seed", -0x7fffffff, 0x7fffffff),
      };
    },

    parseResult: parseShard,

    run({ id, first, runs, seed }) {
      const selected = byId.get(id)!;
      const shards: ShardResult[] = [];
      for (let done = 0; done < runs; done += SHARD_SIZE) {
        const size = Math.min(SHARD_SIZE, runs - done);
        shards.push(runShard(selected, { id, index: first + done / SHARD_SIZE, runs: size, seed }));
      }
      // What JSON keeps of it: an error of NaN or Infinity becomes null, -0 becomes 0, as in `xent-invariants --state`.
      return JSON.parse(JSON.stringify({ ...mergeShards(shards), time: null })) as ShardResult;
    },

    report({ ids, seed }, entries) {
      const merged = new Map<string, ShardResult>();
      for (const { result } of entries) {
        const before = merged.get(result.id);
        merged.set(result.id, before === undefined ? result : mergeShards([before, result]));
      }
      const summaries = chosen(ids).map((s) => {
        const known = merged.get(s.invariant.id);
        const summary = summarize(s, known === undefined ? [] : [known]);
        return { ...summary, time: null };
      });
      return {
        json: { seed, shardSize: SHARD_SIZE, invariants: summaries },
        text: `${formatTable(summaries)}; seed ${seed}`,
        html: htmlReport(summaries, seed),
        ok: summaries.every((s) => s.status === "holds"),
      };
    },
  };
}
