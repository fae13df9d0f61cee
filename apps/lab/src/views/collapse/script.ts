import { type consistent, FIRST_EXPONENT, lastExponent, TIME_COUNT } from "./state.js";

/** A Node script that prints what the view reads out. */
export function collapseScript(state: ReturnType<typeof consistent>): string {
  const { group, spectrum, seed, layers, loss, at } = state;
  const start =
    spectrum.length > 0
      ? `const strengths = ${JSON.stringify(Array.from(state.strengths))}; // one a mode, mode 0 is trivial`
      : `const { size, negation } = planGroupTransform(group);
const random = new SeededRandom(${seed});
const strengths = new Float64Array(size);
for (let c = 1; c < size; c++) {
  strengths[c] = negation[c] < c ? strengths[negation[c]] : Math.abs(random.normal()) + 0.02;
}`;
  return `import { planGroupTransform, SeededRandom } from "@xent/linalg";
import { integrateSpectralFlow, modeDistribution } from "@xent/ufm-dynamics";

const group = ${JSON.stringify(group)};
${start}

const flow = integrateSpectralFlow({
  group,
  strengths,
  layers: ${layers},
  loss: ${JSON.stringify(loss)},
  logTimes: Array.from({ length: ${TIME_COUNT} }, (_, i) =>
    Math.LN10 * (${FIRST_EXPONENT} + (i * (${lastExponent(state)} - ${FIRST_EXPONENT})) / ${TIME_COUNT - 1})),
  maxEvaluations: 20000,
});
const state = flow.states[Math.min(${at}, flow.states.length - 1)];

console.log(JSON.stringify({
  exponent: state.logTime / Math.LN10,
  lyapunov: state.lyapunov,
  loss: state.loss,
  margin: state.margin,
  ratio: modeDistribution(state.logitSpectrum)?.ratio,
  evaluations: flow.evaluations,
}, null, 1));
`;
}
