// A campaign whose jobs misbehave on demand. Results depend on the payload alone; what happens on the
// way is noted in XENT_TEST_LOG, one line for each start and end, so that tests can count.
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { DomainError } from "@xent/linalg";

const log = process.env.XENT_TEST_LOG;
const note = (what, x) => {
  if (log !== undefined) appendFileSync(log, `${what} ${x} ${process.pid}\n`);
};

/** 32 steps of a linear congruential generator: something to compute. */
function mix(x) {
  let h = x;
  for (let i = 0; i < 32; i++) h = (Math.imul(h, 1664525) + 1013904223) >>> 0;
  return h;
}

export const campaign = {
  name: "misbehaving",
  version: process.env.XENT_TEST_VERSION ?? "misbehaving@1",
  description: "jobs that misbehave on demand",
  settings: { jobs: "how many", ms: "time of each", special: "x=kind,..." },
  parseSettings(value) {
    const special = {};
    for (const pair of String(value.special ?? "")
      .split(",")
      .filter(Boolean)) {
      const [x, kind] = pair.split("=");
      special[x] = kind;
    }
    return { jobs: Number(value.jobs ?? 10), ms: Number(value.ms ?? 0), special };
  },
  size: (settings) => settings.jobs,
  *plan({ jobs, ms, special }) {
    for (let x = 0; x < jobs; x++) yield { kind: special[x] ?? "good", ms, x };
  },
  parsePayload(value) {
    if (!Number.isInteger(value?.x)) throw new DomainError("payload.x is no integer");
    return value;
  },
  parseResult(value) {
    if (!Number.isInteger(value?.mixed)) throw new DomainError("result.mixed is no integer");
    return { mixed: value.mixed, x: value.x };
  },
  priority: (payload) => (payload.kind === "late" ? 9 : payload.kind === "urgent" ? 1 : 0),
  async run({ kind, ms, x }) {
    note("start", x);
    if (kind === "slow") await sleep(1500);
    else if (ms > 0) await sleep(ms);
    if (kind === "poison") throw new Error(`poisoned ${x}`);
    if (kind === "flaky" && !existsSync(`${log}.${x}`)) {
      writeFileSync(`${log}.${x}`, "");
      throw new Error("once");
    }
    note("end", x);
    if (kind === "bad") return { mixed: "not a number", x };
    return { mixed: mix(x), x };
  },
  report: (_settings, entries) => {
    const all = [...entries];
    return { json: all, text: `${all.length}`, ok: true };
  },
};
