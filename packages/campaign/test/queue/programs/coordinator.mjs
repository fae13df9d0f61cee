// A coordinator in a process of its own, to be killed: the engine between a plan and a store.
import { jobsOfPlan } from "../../../dist/index.js";
import { FileStore } from "../../../dist/node/file-store.js";
import { redisSettings } from "../../../dist/queue/address.js";
import { QueueEngine } from "../../../dist/queue/engine.js";
import { campaign } from "./campaign.mjs";

const { url, folder, settings, window } = JSON.parse(process.argv[2]);
const store = new FileStore(folder);
function* missing() {
  for (const job of jobsOfPlan(campaign, campaign.parseSettings(settings))) {
    if (store.stateOf(job.id) !== "done") yield job;
  }
}
const redis = redisSettings({ url }, process.env);
const engine = new QueueEngine({ campaign, redis, window, backoff: 50, sweepInterval: 500 });
const drain = new AbortController();
process.on("SIGTERM", () => drain.abort());
await engine.run(
  missing(),
  {
    onDone: (job, result, stats) => {
      store.put(job.id, result, stats);
      process.stdout.write(`${job.index}\n`);
    },
    onFailed: (job, failure) => store.putFailure(job.id, failure),
  },
  { drain: drain.signal, kill: new AbortController().signal },
);
await engine.close();
store.close();
