import { parentPort, workerData } from "node:worker_threads";
import { executeJob, isPermanent, type JobMessage } from "../execute.js";
import { loadCampaign } from "./load-campaign.js";

/** What a thread answers. */
export type ThreadAnswer =
  | { readonly kind: "ready" }
  | { readonly kind: "unusable"; readonly error: string }
  | { readonly kind: "done"; readonly result: string; readonly ms: number }
  | {
      readonly kind: "threw";
      readonly name: string;
      readonly message: string;
      readonly permanent: boolean;
    };

const { module } = workerData as { module: string };
const answer = (value: ThreadAnswer): void => parentPort?.postMessage(value);
// The thread is ended from outside when its result is not wanted any more.
const never = new AbortController().signal;

try {
  const campaign = await loadCampaign(module);
  parentPort?.on("message", (message: JobMessage) => {
    const began = performance.now();
    executeJob(campaign, message, { signal: never }).then(
      (result) => {
        answer({ kind: "done", result, ms: Math.round(performance.now() - began) });
      },
      (error: unknown) => {
        const { name, message: text } = error instanceof Error ? error : new Error(String(error));
        answer({ kind: "threw", name, message: text, permanent: isPermanent(error) });
      },
    );
  });
  answer({ kind: "ready" });
} catch (error) {
  answer({ kind: "unusable", error: error instanceof Error ? error.message : String(error) });
}
