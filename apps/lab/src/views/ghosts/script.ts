import type { GhostsState } from "./state.js";

/** A Node script that prints what the view reads out. */
export function ghostsScript({ z, a, label, order, x }: GhostsState): string {
  return `import { logSumExp } from "@xent/softmax-spectral";
import {
  dominanceRadius, lineLossSeries, nearestGhost, partialSums, provenRadius, spreadRadius,
} from "@xent/taylor-radius";

const z = ${JSON.stringify(z)}; // logits
const a = ${JSON.stringify(a)}; // their slopes along the direction
const label = ${label};

const ghost = nearestGhost(z, a);
const radius = ghost.radius < 1e100 ? ghost.radius : 4 / 2.2;
const t = ${x} * radius;
const height = z[label] + a[label] * t;
const loss = logSumExp(Float64Array.from(z, (v, k) => v + a[k] * t - height));
const sums = partialSums(lineLossSeries(z, a, label, 60), t).re;

console.log(JSON.stringify({
  spread: spreadRadius(a),
  dominance: dominanceRadius(z, a),
  proven: provenRadius(z, a),
  exact: ghost.radius,
  lower: ghost.lower,
  upper: ghost.upper,
  ghostRe: ghost.zero?.re,
  ghostIm: ghost.zero?.im,
  evaluations: ghost.evaluations,
  t,
  loss,
  sum: sums[${order}],
  error: Math.abs(sums[${order}] - loss),
}, (_, v) => (v === Infinity ? "Infinity" : v), 1));
`;
}
