import type { CurvatureState } from "./state.js";

/** A Node script that prints what the view reads out. */
export function curvatureScript({ p, label }: CurvatureState): string {
  return `import { curvatureTraces, fgnOperator, ggnOperator, trueVsRest, withinOperator } from "@xent/fgn";
import { dense, operatorToDense } from "@xent/linalg";

const p = ${JSON.stringify(p)}; // probabilities
const labels = [${label}];
const logits = dense(1, p.length, Float64Array.from(p, Math.log));

// One example whose parameters are its logits: J = I.
const example = {
  logits,
  parameterCount: p.length,
  jvp: (v, out = dense(1, p.length)) => (out.data.set(v), out),
  vjp: (u, out = new Float64Array(p.length)) => (out.set(u.data), out),
};
const ggn = operatorToDense(ggnOperator(example, labels));
const fgn = operatorToDense(fgnOperator(example, labels));
const within = operatorToDense(withinOperator(example, labels));
const split = trueVsRest(logits, labels);
const traces = curvatureTraces(example, labels);

console.log(JSON.stringify({
  margin: split.margins[0],
  probability: split.probabilities[0],
  strongestCompetitor: Math.max(...split.competitors.data),
  fgnTrace: traces.fgnTrace,
  ggnTrace: traces.ggnTrace,
  droppedShare: traces.droppedShare,
  residual: Math.max(...ggn.data.map((g, i) => Math.abs(g - fgn.data[i] - within.data[i]))),
}, null, 1));
`;
}
