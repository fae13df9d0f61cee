// A worker thread of the pool in node-radius-pool.ts: says that it is there, then takes part in every batch it is told of.
import { parentPort } from "node:worker_threads";
import { type RowJob, takeChunks } from "./row-queue.js";

parentPort!.on("message", (job: RowJob) => takeChunks(job));
parentPort!.postMessage("ready");
