// Run by itself in a fresh process: a flow of 2^m classes to t = 1e8, and what the process took for it.
import { existsSync, readFileSync } from "node:fs";
import { integrateSpectralFlow } from "@xent/ufm-dynamics";
import { positiveStrengths } from "./random-data.js";

/** Most memory that was ever resident, in MiB. */
function peakMegabytes(): number {
  // Where there is /proc: maxRSS may count the process that started this one.
  const status = "/proc/self/status";
  const peak = existsSync(status)
    ? /VmHWM:\s+(\d+) kB/.exec(readFileSync(status, "utf8"))?.[1]
    : undefined;
  return Number(peak ?? process.resourceUsage().maxRSS) / 1024;
}

const m = Number(process.argv[2]);
const startMegabytes = peakMegabytes();
const strengths = positiveStrengths(2 ** m);
const began = process.cpuUsage().user;
const { status, evaluations, states } = integrateSpectralFlow({
  group: new Array<number>(m).fill(2),
  strengths,
  times: [1e8],
});
process.stdout.write(
  JSON.stringify({
    status,
    evaluations,
    lyapunov: states[0]?.lyapunov,
    seconds: (process.cpuUsage().user - began) / 1e6,
    startMegabytes,
    peakMegabytes: peakMegabytes(),
  }),
);
