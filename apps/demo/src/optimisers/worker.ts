import { type RaceJob, type RaceResult, runRace } from "./race.js";

/** The task of a worker thread: one run. */
export default function work(job: RaceJob): RaceResult {
  return runRace(job);
}
