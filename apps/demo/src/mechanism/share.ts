import { CLASS_COUNT, loadDigits, PIXEL_COUNT, splitDigits } from "@xent/app-kit";
import { curvatureTraces, trueVsRest } from "@xent/fgn";
import { linearHead } from "@xent/models";
import { crossEntropy } from "@xent/softmax-spectral";
import { adamDirection, train } from "@xent/training";

/** The state of the competitors at one step of a run. */
export interface ShareRecord {
  readonly step: number;
  /** Over the training set. */
  readonly loss: number;
  /** Share of the trace of the full GGN that FGN drops, over the training set. */
  readonly droppedShare: number;
  /** Mean over the training set of max q, the strongest competitor's share. */
  readonly meanTopCompetitor: number;
}

/** A softmax head trained by Adam (rate 0.1, batches of 256) from zero, looked at every `every` steps. */
export function shareDuringTraining(seed: number, steps: number, every: number): ShareRecord[] {
  const { train: data } = splitDigits(loadDigits(), seed);
  const model = linearHead({ featureCount: PIXEL_COUNT, classCount: CLASS_COUNT });
  const records: ShareRecord[] = [];
  const look = (step: number, parameters: Float64Array): void => {
    const point = model.linearize(parameters, data.features);
    const { data: q, cols } = trueVsRest(point.logits, data.labels).competitors;
    let top = 0;
    for (let i = 0; i < q.length; i += cols) top += Math.max(...q.subarray(i, i + cols));
    records.push({
      step,
      loss: crossEntropy(point.logits, data.labels),
      droppedShare: curvatureTraces(point, data.labels, { probes: 64, seed: 1 }).droppedShare,
      meanTopCompetitor: top / data.labels.length,
    });
  };
  look(0, new Float64Array(model.parameterCount));
  train({
    model,
    parameters: new Float64Array(model.parameterCount),
    features: data.features,
    labels: data.labels,
    batchSize: 256,
    steps,
    seed,
    direction: adamDirection(),
    learningRate: 0.1,
    onStep: ({ step }, { parameters }) => {
      if ((step + 1) % every === 0) look(step + 1, parameters);
    },
  });
  return records;
}
