import { expose } from "comlink";
import { fetchDigits } from "../../digits/fetch-digits.js";
import { ghostsAnswer, plane } from "./compute.js";
import { type DigitSample, type TrainedHead, trainHead } from "./sample.js";

let head: TrainedHead | undefined;

const api = {
  ghostsAnswer,
  plane,
  async sample(index: number): Promise<DigitSample> {
    head ??= trainHead(await fetchDigits());
    return head.sample(index);
  },
};

export type GhostsWorker = typeof api;

expose(api);
