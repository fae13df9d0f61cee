import type { InvariantsState } from "./state.js";

/** A Node script that measures the same statements on the same cases. */
export function invariantsScript({ package: name, text, runs, seed }: InvariantsState): string {
  return `import { check } from "@xent/invariants";
import { fgnInvariants, fgnSubject } from "@xent/fgn/invariants";
import { linalgInvariants, linalgSubject } from "@xent/linalg/invariants";
import { modelsInvariants, modelsSubject } from "@xent/models/invariants";
import { softmaxSpectralInvariants, softmaxSpectralSubject } from "@xent/softmax-spectral/invariants";
import { taylorRadiusInvariants, taylorRadiusSubject } from "@xent/taylor-radius/invariants";
import { trainingInvariants, trainingSubject } from "@xent/training/invariants";
import { ufmDynamicsInvariants, ufmDynamicsSubject } from "@xent/ufm-dynamics/invariants";

const suites = {
  linalg: [linalgInvariants(), linalgSubject],
  "softmax-spectral": [softmaxSpectralInvariants(), softmaxSpectralSubject],
  models: [modelsInvariants(), modelsSubject],
  training: [trainingInvariants(), trainingSubject],
  "ufm-dynamics": [ufmDynamicsInvariants(), ufmDynamicsSubject],
  "taylor-radius": [taylorRadiusInvariants(), taylorRadiusSubject],
  fgn: [fgnInvariants(), fgnSubject],
};
const results = Object.entries(suites)
  .filter(([name]) => ${name === "all" ? "name !== undefined" : `name === ${JSON.stringify(name)}`})
  .flatMap(([, [invariants, subject]]) =>
    invariants
      .filter(({ id, statement }) => \`\${id} \${statement}\`.toLowerCase().includes(${JSON.stringify(text.toLowerCase())}))
      .map((invariant) => check(invariant, subject, { runs: ${runs}, seed: ${seed} })));

console.log(JSON.stringify({
  statements: results.length,
  held: results.filter((r) => r.status === "holds").length,
  failed: results.filter((r) => r.status !== "holds").length,
  cases: results.reduce((n, r) => n + r.cases, 0),
}, null, 1));
`;
}
