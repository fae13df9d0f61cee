import {
  type AnyInvariant,
  defineInvariant,
  type Measurement,
  unitRoundoff,
  worstQuotientOf,
} from "@xent/invariants";
import { type Dense, dense, dot } from "@xent/linalg";
import * as fc from "fast-check";
import type { Linearization } from "../logit-model.js";
import { type ModelsSubject, modelCase, type Prepared, prepare, seed } from "./cases.js";
import type { ReferencePass } from "./reference-pass.js";

const define = defineInvariant<ModelsSubject>();
const smooth = modelCase(["tanh", "silu", "gelu", "softplus"]);
const any = modelCase();

function references(p: Prepared, v: Float64Array): ReferencePass[] {
  return Array.from({ length: p.batchSize }, (_, i) => p.reference(i, v));
}

/** Entry (i, c) of a B x C matrix beside the same entry of each reference. */
function* entries(
  m: Dense,
  passes: readonly ReferencePass[],
): Generator<{ value: number; at: ReferencePass["logits"]; c: number }> {
  for (let i = 0; i < m.rows; i++) {
    for (let c = 0; c < m.cols; c++)
      yield { value: m.data[i * m.cols + c]!, at: passes[i]!.logits, c };
  }
}

/** J_i^T u_i of every example, each by a reverse pass of its own. */
function singleGradients(at: Linearization, u: Dense): Float64Array[] {
  return Array.from({ length: u.rows }, (_, i) => {
    const one = dense(u.rows, u.cols);
    one.data.set(u.data.subarray(i * u.cols, (i + 1) * u.cols), i * u.cols);
    return at.vjp(one).slice();
  });
}

function shifted(x: Float64Array, t: number, v: Float64Array): Float64Array {
  return x.map((a, i) => a + t * v[i]!);
}

/**
 * A derivative against central differences D(h), D(2h), D(4h) of `f`: the error of D(h) is e h^2 + O(h^4), and D(2h) -
 * D(h) = 3 e h^2 + O(h^4), so the gaps between them bound it; to that comes what f rounds, over h.
 */
function againstDifferences(
  derivative: Float64Array,
  f: (t: number) => Float64Array,
  h: number,
  rounding: number,
): Measurement {
  const [d1, d2, d4] = [h, 2 * h, 4 * h].map((s) => {
    const up = f(s);
    const down = f(-s);
    return up.map((v, i) => (v - down[i]!) / (2 * s));
  }) as [Float64Array, Float64Array, Float64Array];
  const gap = (a: Float64Array, b: Float64Array): number =>
    Math.hypot(...a.map((v, i) => v - b[i]!));
  return {
    error: gap(derivative, d1),
    tolerance: gap(d1, d2) + gap(d2, d4) / 4 + rounding / h,
  };
}

/** What values (or tangents) round at the points of the differences, norm over the batch; once more for rounding the points. */
function roundingNearby(
  p: Prepared,
  v: Float64Array,
  h: number,
  which: "valueError" | "tangentError",
  subject: ModelsSubject,
): number {
  const errors = [-4 * h, 4 * h].flatMap((t) => {
    const there = shifted(p.parameters, t, v);
    return Array.from({ length: p.batchSize }, (_, i) =>
      Math.hypot(...p.reference(i, v, there).logits[which]),
    );
  });
  return 2 * Math.hypot(...errors) * unitRoundoff(subject);
}

/** A quarter of the digits for truncation (h^2 against values of order one), the rest for rounding. */
function stepOf(subject: ModelsSubject, v: Float64Array): number {
  return 2 ** Math.round(Math.log2(unitRoundoff(subject)) / 4) / Math.max(1, Math.hypot(...v));
}

/** The same for linear heads, MLPs of any depth and activation, and unconstrained features. */
export function derivativeInvariants(): AnyInvariant<ModelsSubject>[] {
  return [
    define({
      id: "models/adjoint-identity",
      statement: "<U, J v> = <J^T U, v>",
      source: "definition of the adjoint",
      arbitrary: fc.record({ point: any, v: seed, u: seed }),
      measure: (c, subject) => {
        const p = prepare(c.point, subject);
        const v = p.direction(c.v);
        const u = p.cotangents(c.u);
        const at = p.linearize(p.parameters);
        const gap = dot(u.data, at.jvp(v).data) - dot(at.vjp(u), v);
        const passes = references(p, v);
        let bound = 0;
        let k = 0;
        for (const { at: track, c: j } of entries(u, passes)) {
          bound += Math.abs(u.data[k++]!) * track.tangentSize[j]!;
        }
        // Either side is a sum over paths, each with that many roundings; the two inner products add theirs.
        const roundings = 2 * passes[0]!.roundings + u.data.length + v.length;
        return {
          error: worstQuotientOf([[gap, bound]]),
          tolerance: 2 * roundings * unitRoundoff(subject),
        };
      },
    }),
    define({
      id: "models/jvp-by-definition",
      statement:
        "J v is the derivative computed layer by layer, example by example, in plain loops",
      source: "chain rule",
      arbitrary: fc.record({ point: any, v: seed }),
      measure: (c, subject) => {
        const p = prepare(c.point, subject);
        const v = p.direction(c.v);
        const passes = references(p, v);
        const jvp = p.linearize(p.parameters).jvp(v);
        return {
          error: worstQuotientOf(
            [...entries(jvp, passes)].map(({ value, at, c: j }) => [
              value - at.tangent[j]!,
              at.tangentError[j]!,
            ]),
          ),
          tolerance: 2 * unitRoundoff(subject), // the running error bound, once for either route
        };
      },
    }),
    define({
      id: "models/jvp-is-linear",
      statement: "J (alpha v + w) = alpha J v + J w",
      source: "linearity",
      arbitrary: fc.record({
        point: any,
        v: seed,
        w: seed,
        alpha: fc.constantFrom(-3, 2 ** -20, 0, 1, 1024),
      }),
      measure: (c, subject) => {
        const p = prepare(c.point, subject);
        const v = p.direction(c.v);
        const w = p.direction(c.w);
        const at = p.linearize(p.parameters);
        const jv = at.jvp(v).data.slice();
        const jw = at.jvp(w).data.slice();
        const mixed = w.map((x, i) => x + c.alpha * v[i]!);
        const joint = at.jvp(mixed);
        const alongV = references(p, v);
        const alongW = references(p, w);
        let k = 0;
        const pairs: [number, number][] = [];
        for (const { value, at: ofV, c: j } of entries(joint, alongV)) {
          const ofW = alongW[Math.floor(k / joint.cols)]!.logits;
          pairs.push([
            value - (c.alpha * jv[k]! + jw[k]!),
            Math.abs(c.alpha) * ofV.tangentSize[j]! + ofW.tangentSize[j]!,
          ]);
          k++;
        }
        return {
          error: worstQuotientOf(pairs),
          tolerance: (4 * alongV[0]!.roundings + 4) * unitRoundoff(subject),
        };
      },
    }),
    define({
      id: "models/jvp-against-differences",
      statement: "J v = d/dt z(theta + t v) at t = 0",
      source: "definition of the derivative; central differences",
      arbitrary: fc.record({ point: any, v: seed }),
      measure: (c, subject) => {
        const p = prepare(c.point, subject);
        const v = p.direction(c.v);
        const h = stepOf(subject, v);
        const passes = references(p, v);
        if (p.activation === "relu") {
          // Differences across a kink are not a derivative: no argument may come near 0 within 4 h.
          const clear = passes.every((pass) =>
            pass.preActivations.every((a) =>
              a.value.every((x, k) => Math.abs(x) > 8 * h * a.tangentSize[k]!),
            ),
          );
          fc.pre(clear);
        }
        return againstDifferences(
          p.linearize(p.parameters).jvp(v).data,
          (t) => p.logits(shifted(p.parameters, t, v)).data,
          h,
          roundingNearby(p, v, h, "valueError", subject),
        );
      },
    }),
    define({
      id: "models/second-against-differences",
      statement: "second(v) = d/dt J(theta + t v) v at t = 0, for smooth activations",
      source: "definition of the second derivative; central differences",
      arbitrary: fc.record({ point: smooth, v: seed }),
      measure: (c, subject) => {
        const p = prepare(c.point, subject);
        const v = p.direction(c.v);
        const h = stepOf(subject, v);
        const second = p.linearize(p.parameters).second?.(v);
        if (second === undefined) return { error: Infinity, tolerance: 0 };
        return againstDifferences(
          second.data,
          (t) => p.linearize(shifted(p.parameters, t, v)).jvp(v).data,
          h,
          roundingNearby(p, v, h, "tangentError", subject),
        );
      },
    }),
    define({
      id: "models/row-gram-of-example-gradients",
      statement: "rowGram(U)_ij = <J_i^T u_i, J_j^T u_j> with each row formed",
      source: "definition; [F]: Gram form",
      arbitrary: fc.record({ point: any, u: seed }),
      measure: (c, subject) => {
        const p = prepare(c.point, subject);
        const u = p.cotangents(c.u);
        const at = p.linearize(p.parameters);
        const gram = at.rowGram?.(u);
        if (gram === undefined) return { error: Infinity, tolerance: 0 };
        const passes = references(p, p.direction(c.u));
        const rows = singleGradients(at, u);
        const sizes = passes.map((pass, i) =>
          pass.gradientSize(u.data.subarray(i * u.cols, (i + 1) * u.cols)),
        );
        const pairs: [number, number][] = [];
        for (let i = 0; i < u.rows; i++) {
          for (let j = 0; j < u.rows; j++) {
            pairs.push([
              gram.data[i * u.rows + j]! - dot(rows[i]!, rows[j]!),
              sizes[i]! * sizes[j]!,
            ]);
          }
        }
        // Two gradients a product, on either route, and sums of at most P products.
        const roundings = 2 * passes[0]!.roundings + p.parameters.length + 8;
        return { error: worstQuotientOf(pairs), tolerance: 2 * roundings * unitRoundoff(subject) };
      },
    }),
    define({
      id: "models/gradient-rows-and-squares",
      statement:
        "gradientRows(U) has the rows J_i^T u_i, each a reverse pass of its own, and gradientSquares(U) their squared lengths",
      source: "definition",
      arbitrary: fc.record({ point: any, u: seed }),
      measure: (c, subject) => {
        const p = prepare(c.point, subject);
        const u = p.cotangents(c.u);
        const at = p.linearize(p.parameters);
        const wanted = singleGradients(at, u);
        const rows = at.gradientRows?.(u);
        const squares = at.gradientSquares?.(u);
        const passes = references(p, p.direction(c.u));
        const pairs: [number, number][] = [];
        wanted.forEach((w, i) => {
          const size = passes[i]!.gradientSize(u.data.subarray(i * u.cols, (i + 1) * u.cols));
          if (rows !== undefined) {
            const row = rows.data.subarray(i * w.length, (i + 1) * w.length);
            pairs.push([Math.hypot(...w.map((x, k) => x - row[k]!)), size]);
          }
          if (squares !== undefined) pairs.push([squares[i]! - dot(w, w), size * size]);
        });
        // Two gradients a square, on either route, and sums of at most P squares.
        const roundings = 2 * passes[0]!.roundings + p.parameters.length + 8;
        return { error: worstQuotientOf(pairs), tolerance: 2 * roundings * unitRoundoff(subject) };
      },
    }),
    define({
      id: "models/pre-activations-by-definition",
      statement:
        "preActivations(v) are the arguments of each layer of activations and their derivatives along v",
      source: "chain rule",
      arbitrary: fc.record({ point: any, v: seed }),
      measure: (c, subject) => {
        const p = prepare(c.point, subject);
        const v = p.direction(c.v);
        const passes = references(p, v);
        const layers = p.linearize(p.parameters).preActivations?.(v);
        const pairs: [number, number][] = [];
        if (layers?.length !== passes[0]!.preActivations.length) {
          return { error: Infinity, tolerance: 0 };
        }
        for (const [l, { layer, values, slopes }] of layers.entries()) {
          if (layer !== l + 1) return { error: Infinity, tolerance: 0 };
          for (let i = 0; i < values.rows; i++) {
            const track = passes[i]!.preActivations[l]!;
            for (let k = 0; k < values.cols; k++) {
              const at = i * values.cols + k;
              pairs.push([values.data[at]! - track.value[k]!, track.valueError[k]!]);
              pairs.push([slopes.data[at]! - track.tangent[k]!, track.tangentError[k]!]);
            }
          }
        }
        return { error: worstQuotientOf(pairs), tolerance: 2 * unitRoundoff(subject) };
      },
    }),
  ];
}
