import { tree } from "@jax-js/jax";
import { type AnyInvariant, defineInvariant } from "@xent/invariants";
import { norm2 } from "@xent/linalg";
import { radiusCap, spreadRadii } from "@xent/taylor-radius";
import * as fc from "fast-check";
import type { CapByRadiusOptions } from "../cap-by-radius.js";
import { newArray } from "../parameter-tree.js";
import {
  type JaxCase,
  type JaxSubject,
  jaxCase,
  jaxMlp,
  type Prepared,
  prepare,
  seed,
} from "./cases.js";

const define = defineInvariant<JaxSubject>();

const capCase = fc.record({
  point: jaxCase(),
  v: seed,
  /** Length of the update. */
  length: fc.constantFrom(1e-3, 1, 50, 1e4),
  target: fc.constantFrom(0.5, 1, 3),
});

/** What `capByRadius` makes of `updates`, as a flat vector. */
function capped(
  p: Prepared,
  c: JaxCase,
  subject: JaxSubject,
  updates: Float64Array,
  options: CapByRadiusOptions,
): Float64Array {
  const { rows, cols, data } = p.batch;
  const net = jaxMlp(c.activation);
  const transformation = subject.capByRadius(
    (params: Parameters<typeof net>[0]) => net(params, newArray(data, [rows, cols], c.dtype)),
    options,
  );
  const state = transformation.init(p.jax.toTree(p.parameters));
  const given = p.jax.toTree(updates);
  const [out, next] = transformation.update(given, state, p.jax.toTree(p.parameters));
  tree.dispose(next);
  return p.jax.toFlat(out);
}

/** An update of about the given length that the format represents. */
function updatesOf(p: Prepared, c: { readonly v: number; readonly length: number }): Float64Array {
  const v = p.direction(c.v);
  const factor = 2 ** Math.round(Math.log2(c.length / norm2(v)));
  return v.map((x) => x * factor);
}

/** The optax-style transformation. */
export function capInvariants(): AnyInvariant<JaxSubject>[] {
  return [
    define({
      id: "jax/cap-length",
      statement:
        "the capped update has length min(|u|, r pi / Delta), Delta that of mlp of @xent/models",
      source: "[G] arXiv:2603.13552; independent implementation of the slopes",
      arbitrary: capCase,
      measure: (c, subject) => {
        const p = prepare(c.point, subject);
        const updates = updatesOf(p, c);
        const length = norm2(updates);
        const unit = updates.map((x) => x / length);
        const passes = p.bounds(unit);
        fc.pre(passes !== undefined);
        const slopes = p.own.linearize(p.parameters, p.batch);
        const { radius } = radiusCap().limit(updates, slopes);
        const out = norm2(capped(p, c.point, subject, updates, { target: c.target }));
        // pi / Delta of the nearest sample moves by the errors of the largest and smallest slope, over Delta; the
        // bottleneck may change among samples, each within its own error.
        const radii = spreadRadii(slopes.jvp(unit));
        const drift = Math.max(
          ...passes.map((pass, i) => (4 * Math.max(...pass.tangentError) * radii[i]!) / Math.PI),
        );
        // Slopes that vanish within their error leave the radius undetermined.
        fc.pre(Number.isNaN(drift) || drift < 0.1);
        const wanted = Math.min(length, c.target * radius);
        return {
          error: Math.abs(out - wanted) / wanted,
          tolerance:
            2 * (Number.isNaN(drift) ? 0 : drift) +
            (c.point.dtype === "float32" ? 2 ** -20 : 2 ** -45),
        };
      },
    }),
    define({
      id: "jax/cap-keeps-direction-and-short-updates",
      statement:
        "the capped update is a multiple s u with s in (0, 1]; an update within r radii comes back to the bit",
      source: "contract of capByRadius",
      arbitrary: capCase,
      measure: (c, subject) => {
        const p = prepare(c.point, subject);
        const updates = updatesOf(p, c);
        let scale = 1;
        const out = capped(p, c.point, subject, updates, {
          target: c.target,
          onLimit: (limited) => {
            scale = limited.scale;
          },
        });
        // float32: the factor is cut by 2^-22, and rounded like each product.
        const slack = scale === 1 ? 0 : c.point.dtype === "float32" ? 2 ** -21 : 2 ** -52;
        const gaps = out.map((x, i) =>
          updates[i] === 0 ? Math.abs(x) : Math.abs(x / updates[i]! - scale) / scale,
        );
        return { error: Math.max(...gaps), tolerance: slack };
      },
    }),
  ];
}
