import type { CapName, DirectionName, TrainingState } from "./state.js";

const DIRECTION: Readonly<Record<DirectionName, string>> = {
  gradient: "gradientDirection()",
  momentum: "momentumDirection()",
  adam: "adamDirection()",
  fgn: "fgnDirection({ damping: 1e-3 })",
  ggn: "ggnDirection({ damping: 1e-3, tolerance: 1e-4 })",
};

function capCode(name: CapName, target: number): string {
  if (name === "none") return "noLimit()";
  return name === "clip"
    ? `normClip({ maxNorm: ${target} })`
    : `radiusCap({ mode: "${name}", target: ${target} })`;
}

/** A Node script that trains as far as the view has, and prints what it reads out. */
export function trainingScript(state: TrainingState, at: number): string {
  const { model, direction, rate, batch, seed, spike, spikeAt, spikeLength, switchAt } = state;
  return `import { readFileSync } from "node:fs";
import { fgnDirection, ggnDirection } from "@xent/fgn";
import { dense, SeededRandom } from "@xent/linalg";
import { linearHead, mlp } from "@xent/models";
import { radiusCap } from "@xent/taylor-radius";
import {
  accuracy, adamDirection, gradientDirection, momentumDirection, noLimit, normClip, train,
} from "@xent/training";

// The digits of this repository: 64 intensities 0..16 and the label on each line.
const lines = readFileSync(process.argv[2] ?? "apps/demo/data/digits.csv", "utf8").trimEnd().split("\\n").slice(1);
const images = lines.map((line) => line.split(",").map(Number));
const order = new SeededRandom(${seed}).permutation(images.length);
const rows = (indices) => ({
  features: dense(indices.length, 64, Float64Array.from(Array.from(indices).flatMap((i) => images[i].slice(0, 64).map((v) => v / 16)))),
  labels: Int32Array.from(indices, (i) => images[i][64]),
});
const data = rows(order.slice(0, Math.floor(0.8 * order.length)));
const test = rows(order.slice(Math.floor(0.8 * order.length)));

const model = ${
    model === "head"
      ? "linearHead({ featureCount: 64, classCount: 10 })"
      : 'mlp({ widths: [64, 32, 10], activation: "relu" })'
  };
let run;
for (const [steps, limit] of [
${switchAt > 0 ? `  [${Math.min(switchAt, at)}, ${capCode(state.before, state.beforeTarget)}],\n` : ""}  [${at}, ${capCode(state.cap, state.target)}],
]) {
  const options = {
    model,
    parameters: model.initialize(${seed}),
    ...data,
    batchSize: ${batch},
    steps,
    seed: ${seed},
    direction: ${DIRECTION[direction]},
    learningRate: (step) => (step >= ${spikeAt} && step < ${spikeAt + spikeLength} ? ${rate} * ${spike} : ${rate}),
    limit: { name: "lab", limit: (step, point) => limit.limit(step, point) },
  };
  run = train(run === undefined ? options : { ...options, resume: run.checkpoint });
}
const last = run.records.at(-1);

console.log(JSON.stringify({
  step: run.checkpoint.step,
  loss: last?.loss,
  taken: last?.stepNorm,
  testAccuracy: accuracy(model.logits(run.parameters, test.features), test.labels),
}, null, 1));
`;
}
