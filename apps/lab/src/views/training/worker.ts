import { expose } from "comlink";
import { fetchDigits } from "../../digits/fetch-digits.js";
import { type Progress, startTrainer, type Trainer } from "./compute.js";
import type { TrainingState } from "./state.js";

/** Milliseconds of training between two answers: the page sees progress, and a pause is heard. */
const SLICE = 150;

let trainer: Trainer | undefined;

const api = {
  async reset(state: TrainingState): Promise<void> {
    trainer = startTrainer(await fetchDigits(), state);
  },
  advance(state: TrainingState, end: number): Progress {
    const until = performance.now() + SLICE;
    return trainer!.advance(state, end, () => performance.now() > until);
  },
  rewind: (step: number): number => trainer!.rewind(step),
};

export type TrainingWorker = typeof api;

expose(api);
