import {
  CLASS_COUNT,
  type Digits,
  imageOf,
  PIXEL_COUNT,
  selectDigits,
  splitDigits,
} from "@xent/app-kit/digits";
import { norm2 } from "@xent/linalg";
import { linearHead } from "@xent/models";
import { adamDirection, train, trainingPoint } from "@xent/training";

const SEED = 1;
const STEPS = 60;
const BATCH = 128;

/** One digit as the softmax head sees it, and how its logits move along the head's next step. */
export interface DigitSample {
  readonly z: readonly number[];
  readonly a: readonly number[];
  readonly label: number;
  readonly image: Float64Array;
}

/** A softmax head after some steps of Adam, and the unit vector of its next step. */
export interface TrainedHead {
  sample(index: number): DigitSample;
}

/** Short enough for an address; the page computes from what the address says. */
const rounded = (v: number): number => Number(v.toPrecision(6));

export function trainHead(digits: Digits): TrainedHead {
  const { train: data, test } = splitDigits(digits, SEED);
  const model = linearHead({ featureCount: PIXEL_COUNT, classCount: CLASS_COUNT });
  const direction = adamDirection();
  const { parameters } = train({
    model,
    parameters: model.initialize(SEED),
    features: data.features,
    labels: data.labels,
    batchSize: BATCH,
    steps: STEPS,
    seed: SEED,
    direction,
    learningRate: 0.03,
  });
  const batch = selectDigits(
    data,
    Int32Array.from({ length: BATCH }, (_, i) => i),
  );
  const step = direction.propose(trainingPoint(model, parameters, batch.features, batch.labels));
  const length = norm2(step);
  const unit = step.map((v) => v / length);
  return {
    sample(index) {
      const one = selectDigits(test, Int32Array.of(index));
      const at = model.linearize(parameters, one.features);
      return {
        z: Array.from(at.logits.data, rounded),
        a: Array.from(at.jvp(unit).data, rounded),
        label: one.labels[0]!,
        image: imageOf(test, index).slice(),
      };
    },
  };
}
