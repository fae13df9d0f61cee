import { type AnyInvariant, defineInvariant, worstQuotientOf } from "@xent/invariants";
import { dot } from "@xent/linalg";
import * as fc from "fast-check";
import { type JaxSubject, jaxCase, prepare, seed } from "./cases.js";
import type { TrackedValues } from "./error-pass.js";

const define = defineInvariant<JaxSubject>();
const any = jaxCase();

function flat(passes: readonly TrackedValues[], part: keyof TrackedValues): Float64Array {
  return Float64Array.from(passes.flatMap((p) => Array.from(p[part])));
}

function shifted(x: Float64Array, t: number, v: Float64Array): Float64Array {
  return x.map((a, i) => a + t * v[i]!);
}

/** The error bounds of a case; a case on a kink is discarded. */
function requireSmooth(passes: TrackedValues[] | undefined): TrackedValues[] {
  fc.pre(passes !== undefined);
  return passes;
}

/** Values, first and second derivatives of what `fromJax` makes. */
export function derivativeInvariants(): AnyInvariant<JaxSubject>[] {
  return [
    define({
      id: "jax/logits-and-jvp-agree-with-mlp",
      statement:
        "logits and J v of an MLP in jax-js are those of mlp of @xent/models, within the declared precision",
      source: "independent implementation; running error bound",
      arbitrary: fc.record({ point: any, v: seed }),
      measure: (c, subject) => {
        const p = prepare(c.point, subject);
        const v = p.direction(c.v);
        const passes = requireSmooth(p.bounds(v));
        const own = p.own.linearize(p.parameters, p.batch);
        const at = p.at();
        const errors = [flat(passes, "valueError"), flat(passes, "tangentError")];
        const gaps = [
          at.logits.data.map((z, i) => z - own.logits.data[i]!),
          at.jvp(v).data.map((a, i) => a - own.jvp(v).data[i]!),
        ];
        return {
          error: worstQuotientOf(
            gaps.flatMap((gap, k) => Array.from(gap, (g, i) => [g, errors[k]![i]!] as const)),
          ),
          // Twice the running error bound: once for each side.
          tolerance: 2,
        };
      },
    }),
    define({
      id: "jax/adjoint-identity",
      statement: "<U, J v> = <J^T U, v>",
      source: "definition of the adjoint",
      arbitrary: fc.record({ point: any, v: seed, u: seed }),
      measure: (c, subject) => {
        const p = prepare(c.point, subject);
        const v = p.direction(c.v);
        const u = p.cotangents(c.u);
        const passes = requireSmooth(p.bounds(v));
        const at = p.at();
        const jvp = at.jvp(v);
        const gap = dot(u.data, jvp.data) - dot(at.vjp(u), v);
        // Either side differs from the exact bilinear form by what the forward pass bounds: the reverse
        // pass rounds the same sums over the same paths. The inner products are taken in doubles.
        const bound = dot(u.data.map(Math.abs), flat(passes, "tangentError"));
        const paths = dot(u.data.map(Math.abs), flat(passes, "tangent").map(Math.abs));
        return {
          error: Math.abs(gap),
          tolerance: 2 * bound + (u.data.length + v.length) * 2 ** -53 * paths,
        };
      },
    }),
    define({
      id: "jax/jvp-is-linear",
      statement: "J (alpha v + w) = alpha J v + J w",
      source: "linearity",
      arbitrary: fc.record({
        point: any,
        v: seed,
        w: seed,
        // Powers of two, so that alpha v is exact in either format.
        alpha: fc.constantFrom(-4, 2 ** -20, 0, 1, 1024),
      }),
      measure: (c, subject) => {
        const p = prepare(c.point, subject);
        const [v, w] = [p.direction(c.v), p.direction(c.w)];
        const sum = w.map((x, i) => x + c.alpha * v[i]!);
        const mixed = c.point.dtype === "float32" ? sum.map(Math.fround) : sum;
        const alongV = requireSmooth(p.bounds(v));
        const alongW = requireSmooth(p.bounds(w));
        const alongBoth = requireSmooth(p.bounds(mixed));
        const at = p.at();
        const [jv, jw, joint] = [at.jvp(v).data, at.jvp(w).data, at.jvp(mixed).data];
        // The rounding of alpha v + w is a change of direction of relative size u: at most u J |mixed|,
        // which the error of one product covers.
        const bounds = [alongV, alongW, alongBoth].map((passes) => flat(passes, "tangentError"));
        return {
          error: worstQuotientOf(
            Array.from(joint, (x, i) => [
              x - (c.alpha * jv[i]! + jw[i]!),
              Math.abs(c.alpha) * bounds[0]![i]! + bounds[1]![i]! + 2 * bounds[2]![i]!,
            ]),
          ),
          tolerance: 2,
        };
      },
    }),
    define({
      id: "jax/jvp-against-differences",
      statement: "J v = d/dt z(theta + t v) at t = 0",
      source: "definition of the derivative; central differences of the doubles of @xent/models",
      arbitrary: fc.record({ point: jaxCase(["tanh", "silu", "softplus"]), v: seed }),
      measure: (c, subject) => {
        const p = prepare(c.point, subject);
        const v = p.direction(c.v);
        const passes = requireSmooth(p.bounds(v));
        // The function itself is known in doubles, so the differences need not see the coarse steps of
        // jax-js's exp: h^4 truncation against 2^-53 / h.
        const h = 2 ** -10 / Math.max(1, Math.hypot(...v), Math.hypot(...p.batch.data));
        const z = (t: number): Float64Array =>
          p.own.logits(shifted(p.parameters, t, v), p.batch).data;
        const [d1, d2] = [h, 2 * h].map((s) => {
          const [up, down] = [z(s), z(-s)];
          return up.map((x, i) => (x - down[i]!) / (2 * s));
        }) as [Float64Array, Float64Array];
        const jvp = p.at().jvp(v).data;
        const scale = Math.max(1, ...z(0).map(Math.abs), ...z(2 * h).map(Math.abs));
        return {
          error: worstQuotientOf(
            Array.from(jvp, (x, i) => [
              x - d1[i]!,
              // The error of D(h) is e h^2 + O(h^4) and D(2h) - D(h) = 3 e h^2 + O(h^4): the gap bounds it. Sums of
              // doubles round by 64 u |z|; the rest is the declared error of jax-js.
              Math.abs(d1[i]! - d2[i]!) +
                (64 * 2 ** -53 * scale) / h +
                flat(passes, "tangentError")[i]!,
            ]),
          ),
          tolerance: 1,
        };
      },
    }),
    define({
      id: "jax/second-of-a-quadratic",
      statement:
        "second(v) of two affine layers without activation between them is 2 V2 (V1 x + b1'), exactly bilinear",
      source: "product rule; ReLU with all arguments positive is the identity",
      arbitrary: fc.record({
        seed,
        v: seed,
        dtype: fc.constantFrom("float64" as const, "float32" as const),
      }),
      measure: (c, subject) => {
        const point = {
          widths: [4, 5, 3],
          batchSize: 5,
          activation: "relu" as const,
          dtype: c.dtype,
          gain: 0.1,
          features: "normal" as const,
          seed: c.seed,
        };
        const p = prepare(point, subject);
        const v = p.direction(c.v);
        const parameters = p.parameters.slice();
        // Far on the positive side of every kink: |W x| is below 100 by far.
        p.own.views(parameters)["layer1.bias"]!.data.fill(128);
        const second = p.jax.linearize(parameters, p.batch).second!(v);
        const along = p.own.views(v);
        const [v1, c1, v2] = ["layer1.weights", "layer1.bias", "layer2.weights"].map(
          (name) => along[name]!,
        );
        const pairs: [number, number][] = [];
        for (let i = 0; i < p.batch.rows; i++) {
          const x = p.batch.data.subarray(4 * i, 4 * i + 4);
          for (let k = 0; k < 3; k++) {
            let [wanted, size] = [0, 0];
            for (let j = 0; j < 5; j++) {
              const row = v1!.data.subarray(4 * j, 4 * j + 4);
              const term = v2!.data[5 * k + j]!;
              wanted += 2 * term * (dot(row, x) + c1!.data[j]!);
              size +=
                2 *
                Math.abs(term) *
                (dot(row.map(Math.abs), x.map(Math.abs)) + Math.abs(c1!.data[j]!));
            }
            pairs.push([second.data[3 * i + k]! - wanted, size]);
          }
        }
        // Sums of 4 + 1 and 5 products, twice (the two orders of the product rule), and their sum.
        return {
          error: worstQuotientOf(pairs),
          tolerance: 2 * (5 + 5 + 4) * p.precision.arithmetic,
        };
      },
    }),
    define({
      id: "jax/second-agrees-with-mlp",
      statement:
        "second(v) of a smooth MLP is that of mlp of @xent/models, within the declared precision",
      source: "independent implementation; majorant of the second derivative in norms",
      arbitrary: fc.record({
        point: jaxCase(["tanh", "silu", "softplus"]).map((c) => ({
          ...c,
          features: "normal" as const,
        })),
        v: seed,
      }),
      measure: (c, subject) => {
        const p = prepare(c.point, subject);
        const v = p.direction(c.v);
        const second = p.at().second!(v).data;
        const exact = p.own.linearize(p.parameters, p.batch).second!(v).data;
        // Each layer multiplies the error of its activations (slope, curvature: `elementary` each) by
        // sizes of paths with two derivatives. They are bounded by a majorant in norms.
        const size = quadraticSize(p, c.point.widths, v);
        return {
          error: Math.max(...second.map((x, i) => Math.abs(x - exact[i]!))),
          tolerance: 16 * c.point.widths.length * p.precision.elementary * size,
        };
      },
    }),
  ];
}

/**
 * A bound on the sum of |paths| of a second derivative along v: per layer in Frobenius norms, value
 * h <- |W| h + |b| + 1, slope and second derivative by the product rule, with activation slopes <= 1.2
 * and curvatures <= 1 (tanh 0.77, SiLU 0.5, softplus 0.25).
 */
function quadraticSize(
  p: ReturnType<typeof prepare>,
  widths: readonly number[],
  v: Float64Array,
): number {
  const norm = (x: Float64Array): number => Math.hypot(...x);
  const [here, along] = [p.own.views(p.parameters), p.own.views(v)];
  let [h, dh, ddh] = [norm(p.batch.data), 0, 0];
  for (let l = 1; l < widths.length; l++) {
    const [w, b] = [`layer${l}.weights`, `layer${l}.bias`];
    const [size, change] = [norm(here[w]!.data), norm(along[w]!.data)];
    const a = size * h + norm(here[b]!.data) + 1;
    const da = size * dh + change * h + norm(along[b]!.data);
    const dda = size * ddh + 2 * change * dh;
    [h, dh, ddh] = [1.2 * a + 1, 1.2 * da, 1.2 * dda + da * da];
  }
  return 1 + h + dh + ddh;
}
