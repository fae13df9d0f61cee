import { fgnInvariants, fgnSubject } from "@xent/fgn/invariants";
import type { AnyInvariant } from "@xent/invariants";
import { kernelsInvariants, kernelsSubject } from "@xent/kernels/invariants";
import { linalgInvariants, linalgSubject } from "@xent/linalg/invariants";
import { modelsInvariants, modelsSubject } from "@xent/models/invariants";
import {
  softmaxSpectralInvariants,
  softmaxSpectralSubject,
} from "@xent/softmax-spectral/invariants";
import { taylorRadiusInvariants, taylorRadiusSubject } from "@xent/taylor-radius/invariants";
import { trainingInvariants, trainingSubject } from "@xent/training/invariants";
import { ufmDynamicsInvariants, ufmDynamicsSubject } from "@xent/ufm-dynamics/invariants";
import type { Suite } from "./suite.js";

// imports end here (npm run new-module adds a line above)

// A suite hides its subject's type: only its own invariants ever see the subject.
function suite<Subject>(
  name: string,
  invariants: readonly AnyInvariant<Subject>[],
  subject: Subject,
): Suite {
  return { package: name, invariants, subject };
}

/** The suites of all packages of this repository, each on its own implementation. */
export const suites: readonly Suite[] = [
  suite("kernels", kernelsInvariants(), kernelsSubject),
  suite("linalg", linalgInvariants(), linalgSubject),
  suite("softmax-spectral", softmaxSpectralInvariants(), softmaxSpectralSubject),
  suite("models", modelsInvariants(), modelsSubject),
  suite("training", trainingInvariants(), trainingSubject),
  suite("ufm-dynamics", ufmDynamicsInvariants(), ufmDynamicsSubject),
  suite("taylor-radius", taylorRadiusInvariants(), taylorRadiusSubject),
  suite("fgn", fgnInvariants(), fgnSubject),
  // suites end here (npm run new-module adds a line above)
];
