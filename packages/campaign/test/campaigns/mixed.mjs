// Jobs of every temper: most give n^2, some throw, hang, or bring their thread down.
import { setTimeout as sleep } from "node:timers/promises";

const tried = new Map();

export const campaign = {
  name: "mixed",
  version: process.env.MIXED_VERSION ?? "1",
  description: "squares, and what can go wrong with them",
  settings: { jobs: "number of jobs", ms: "milliseconds of each", faults: "n:fault,..." },
  parseSettings(value) {
    const { jobs = "20", ms = "0", faults = "" } = value;
    if (!/^\d+$/.test(jobs)) throw new RangeError(`jobs = ${jobs} is no number`);
    const pairs = faults === "" ? [] : faults.split(",").map((pair) => pair.split(":"));
    return { jobs: Number(jobs), ms: Number(ms), faults: Object.fromEntries(pairs) };
  },
  size: ({ jobs }) => jobs,
  *plan({ jobs, ms, faults }) {
    for (let n = 0; n < jobs; n++) yield { n, ms, fault: faults[n] ?? null };
  },
  parsePayload: (value) => value,
  parseResult: (value) => value,
  async run({ n, ms, fault }) {
    const attempt = (tried.get(n) ?? 0) + 1;
    tried.set(n, attempt);
    await sleep(ms);
    if (fault === "throws") throw new Error("out of luck\nas always");
    if (fault === "flaky" && attempt === 1) throw new Error("once");
    if (fault === "exits") process.exit(7);
    if (fault === "hangs") for (;;);
    if (fault === "nan") return { n, square: Number.NaN };
    if (fault === "memory") for (const all = []; ; ) all.push(new Array(1e6).fill(n));
    console.log(`noise of ${n}`);
    return { square: n * n, n };
  },
  report(settings, entries) {
    const all = [...entries];
    const sum = all.reduce((total, { result }) => total + result.square, 0);
    const json = { sum, indices: all.map((e) => e.index), settings };
    return { json, text: `sum ${sum} of ${all.length}`, html: `<p>${sum}</p>`, ok: true };
  },
};
