import { type RunOutcome, runTraining, type TrainingJob } from "./training-run.js";

/** The task of a worker thread: one run. */
export default function work(job: TrainingJob): RunOutcome {
  return runTraining(job);
}
