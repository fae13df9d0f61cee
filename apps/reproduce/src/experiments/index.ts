import { type AnyExperiment, anyExperiment, type NotRun } from "../contract.js";
import { adaptiveRate } from "./adaptive-rate/experiment.js";
import { curvature } from "./curvature/experiment.js";
import { fgnMechanism } from "./fgn-mechanism/experiment.js";
import { phaseTransition } from "./phase-transition/experiment.js";
import { rateSpike } from "./rate-spike/experiment.js";
import { spectral } from "./spectral/experiment.js";
import { temperature } from "./temperature/experiment.js";

/** In the order in which they are run and shown. */
export const experiments: readonly AnyExperiment[] = [
  anyExperiment(spectral),
  anyExperiment(phaseTransition),
  anyExperiment(rateSpike),
  anyExperiment(temperature),
  anyExperiment(adaptiveRate),
  anyExperiment(curvature),
  anyExperiment(fgnMechanism),
];

/** What the papers have and a CPU without their data has not. */
export const notRun: readonly NotRun[] = [
  {
    title: "ResNet-18 on CIFAR-10",
    paper: "[G] 2603.13552",
    needs:
      "the CIFAR-10 binaries, a ResNet-18 for jax-js beside the networks of src/networks.ts, and days of CPU; nothing is claimed about it here",
    command: "npm run reproduce -- phase-transition --budget full --fresh",
  },
];
