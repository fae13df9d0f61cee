// The worker command with jobs on its own thread: what is tested is the queue, not the threads.
import { executeJob } from "../../../dist/index.js";
import { runWorker } from "../../../dist/queue/worker-command.js";
import { campaign } from "./campaign.mjs";

const threads = {
  async execute(message, signal) {
    const start = performance.now();
    const result = await executeJob(campaign, message, { signal });
    return { result, ms: performance.now() - start };
  },
  async close() {},
};
const flags = JSON.parse(process.argv[2]);
try {
  const print = (line) => process.stderr.write(`${line}\n`);
  process.exitCode = await runWorker(campaign, threads, flags, process.env, print);
} catch (error) {
  process.stderr.write(`${error.name}: ${error.message}\n`);
  process.exitCode = 3;
}
