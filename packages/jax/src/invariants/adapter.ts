import { type AnyInvariant, defineInvariant, entriesThatDiffer } from "@xent/invariants";
import { dense, SeededRandom } from "@xent/linalg";
import * as fc from "fast-check";
import { type JaxSubject, jaxCase, prepare, seed } from "./cases.js";

const define = defineInvariant<JaxSubject>();
const any = jaxCase();

/** What the adapter promises beside derivatives. */
export function adapterInvariants(): AnyInvariant<JaxSubject>[] {
  return [
    define({
      id: "jax/flat-and-tree-round-trip",
      statement: "toFlat(toTree(x)) = x to the bit, and the blocks tile the vector in order",
      source: "contract of JaxModel",
      arbitrary: fc.record({ point: any, v: seed }),
      measure: (c, subject) => {
        const p = prepare(c.point, subject);
        const v = p.direction(c.v);
        let end = 0;
        const tiles = p.jax.blocks.every(({ offset, size, shape }) => {
          const fits = offset === end && size === shape.reduce((a, b) => a * b, 1);
          end += size;
          return fits;
        });
        const held =
          tiles && end === v.length && entriesThatDiffer(p.jax.toFlat(p.jax.toTree(v)), v) === 0;
        return { error: held ? 0 : 1, tolerance: 0 };
      },
    }),
    define({
      id: "jax/last-bias-shifts-logits",
      statement:
        "adding c to the last bias adds c to every logit, and changes no entry of J v by more than rounding",
      source: "the last layer is affine",
      arbitrary: fc.record({ point: any, v: seed, shift: fc.constantFrom(1, -1e3, 1e3) }),
      measure: (c, subject) => {
        const p = prepare(c.point, subject);
        const v = p.direction(c.v);
        const moved = p.parameters.slice();
        for (let k = moved.length - p.own.classCount; k < moved.length; k++) {
          moved[k] =
            c.point.dtype === "float32" ? Math.fround(moved[k]! + c.shift) : moved[k]! + c.shift;
        }
        const [here, there] = [p.at(), p.jax.linearize(moved, p.batch)];
        const [slopes, slopesThere] = [here.jvp(v).data, there.jvp(v).data];
        const u = p.precision.arithmetic;
        // The logits before the bias are computed alike; adding the bias rounds once on either side, and so does c.
        const error = Math.max(
          ...here.logits.data.map((z, i) => {
            const gap = there.logits.data[i]! - (z + c.shift);
            return Math.abs(gap) / (4 * u * (Math.abs(z) + Math.abs(c.shift)));
          }),
          entriesThatDiffer(slopes, slopesThere) === 0 ? 0 : Infinity,
        );
        return { error, tolerance: 1 };
      },
    }),
    define({
      id: "jax/examples-do-not-mix",
      statement: "logits of a batch in another order are its logits in that order",
      source: "an example's logits depend on that example alone, where the function says so",
      arbitrary: fc.record({ point: any, order: seed }),
      measure: (c, subject) => {
        const p = prepare(c.point, subject);
        const { rows, cols, data } = p.batch;
        const order = new SeededRandom(c.order).permutation(rows);
        const moved = dense(rows, cols);
        order.forEach((from, to) => {
          moved.data.set(data.subarray(from * cols, (from + 1) * cols), to * cols);
        });
        const [plain, other] = [p.at().logits, p.jax.logits(p.parameters, moved)];
        const passes = p.bounds(new Float64Array(p.parameters.length));
        fc.pre(passes !== undefined);
        let error = 0;
        order.forEach((from, to) => {
          for (let k = 0; k < plain.cols; k++) {
            const gap = other.data[to * plain.cols + k]! - plain.data[from * plain.cols + k]!;
            if (gap !== 0) error = Math.max(error, Math.abs(gap) / passes[from]!.valueError[k]!);
          }
        });
        return { error, tolerance: 2 };
      },
    }),
    define({
      id: "jax/linearization-keeps-its-point",
      statement:
        "changing parameters and batch after linearize, and other linearizations, change no derivative",
      source: "contract of Linearization",
      arbitrary: fc.record({ point: any, v: seed, u: seed }),
      measure: (c, subject) => {
        const p = prepare(c.point, subject);
        const parameters = p.parameters.slice();
        const batch = { ...p.batch, data: p.batch.data.slice() };
        const at = p.jax.linearize(parameters, batch);
        const [v, u] = [p.direction(c.v), p.cotangents(c.u)];
        const before = [at.jvp(v).data, at.vjp(u), at.second!(v).data, at.logits.data.slice()];
        parameters.fill(7);
        batch.data.fill(-3);
        p.jax.linearize(parameters, batch).vjp(u);
        const after = [at.jvp(v).data, at.vjp(u), at.second!(v).data, at.logits.data];
        return {
          error: before.every((x, i) => entriesThatDiffer(x, after[i]!) === 0) ? 0 : 1,
          tolerance: 0,
        };
      },
    }),
    define({
      id: "jax/out-receives-the-result",
      statement: "jvp, vjp and second write the same numbers into `out`, whatever it held",
      source: "contract of Linearization",
      arbitrary: fc.record({ point: any, v: seed, u: seed }),
      measure: (c, subject) => {
        const p = prepare(c.point, subject);
        const at = p.at();
        const [v, u] = [p.direction(c.v), p.cotangents(c.u)];
        const out = dense(u.rows, u.cols, new Float64Array(u.data.length).fill(Number.NaN));
        const gradient = new Float64Array(v.length).fill(Number.NaN);
        const held =
          at.jvp(v, out) === out &&
          entriesThatDiffer(out.data, at.jvp(v).data) === 0 &&
          entriesThatDiffer(at.second!(v, out).data.slice(), at.second!(v).data) === 0 &&
          at.vjp(u, gradient) === gradient &&
          entriesThatDiffer(gradient, at.vjp(u)) === 0;
        return { error: held ? 0 : 1, tolerance: 0 };
      },
    }),
  ];
}
