import { type AnyInvariant, defineInvariant, unitRoundoff } from "@xent/invariants";
import { SeededRandom } from "@xent/linalg";
import * as fc from "fast-check";
import { type ModelsSubject, modelCase, prepare, seed } from "./cases.js";

const define = defineInvariant<ModelsSubject>();
const any = modelCase();

function same(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** What every model promises beside its derivatives. */
export function modelContractInvariants(): AnyInvariant<ModelsSubject>[] {
  return [
    define({
      id: "models/logits-by-definition",
      statement: "logits, and those of linearize, are the layers of the definition in plain loops",
      source: "definition",
      arbitrary: any,
      measure: (c, subject) => {
        const p = prepare(c, subject);
        const plain = p.logits(p.parameters);
        const kept = p.linearize(p.parameters).logits;
        let worst = 0;
        for (let i = 0; i < plain.rows; i++) {
          const track = p.reference(i, p.parameters).logits;
          for (let j = 0; j < plain.cols; j++) {
            for (const { data } of [plain, kept]) {
              const gap = Math.abs(data[i * plain.cols + j]! - track.value[j]!);
              if (gap > 0) worst = Math.max(worst, gap / track.valueError[j]!);
            }
          }
        }
        const shaped = plain.rows === p.batchSize && plain.cols === p.model.classCount;
        return { error: shaped ? worst : Infinity, tolerance: 2 * unitRoundoff(subject) };
      },
    }),
    define({
      id: "models/examples-do-not-mix",
      statement: "the logits of a batch in another order are its logits in that order",
      source: "an example's logits depend on that example alone",
      arbitrary: fc.record({ point: any, order: seed }),
      measure: (c, subject) => {
        const p = prepare(c.point, subject);
        const order = new SeededRandom(c.order).permutation(p.batchSize);
        const plain = p.logits(p.parameters);
        const moved = p.reordered(p.parameters, order);
        let worst = 0;
        order.forEach((from, to) => {
          const track = p.reference(from, p.parameters).logits;
          for (let j = 0; j < plain.cols; j++) {
            const gap = Math.abs(
              moved.data[to * plain.cols + j]! - plain.data[from * plain.cols + j]!,
            );
            if (gap > 0) worst = Math.max(worst, gap / track.valueError[j]!);
          }
        });
        return { error: worst, tolerance: 2 * unitRoundoff(subject) };
      },
    }),
    define({
      id: "models/initialize-is-reproducible",
      statement:
        "initialize(seed) gives the same numbers every time, constants where the layout says so",
      source: "contract of ParametricModel",
      arbitrary: fc.record({ point: any, seed }),
      measure: (c, subject) => {
        const { model } = prepare(c.point, subject);
        const first = model.initialize(c.seed);
        const repeated = same(first, model.initialize(c.seed));
        const byGenerator = same(first, model.initialize(new SeededRandom(c.seed)));
        const views = model.views(first);
        const kept = model.layout.blocks.every(({ name, start }) =>
          start.kind === "normal"
            ? views[name]!.data.every(Number.isFinite)
            : views[name]!.data.every((v) => v === start.value),
        );
        return { error: repeated && byGenerator && kept ? 0 : 1, tolerance: 0 };
      },
    }),
    define({
      id: "models/views-tile-the-parameters",
      statement: "the views share the memory of the vector, and cover each entry exactly once",
      source: "contract of ParameterLayout",
      arbitrary: any,
      measure: (c, subject) => {
        const { model } = prepare(c, subject);
        const parameters = new Float64Array(model.parameterCount);
        for (const view of Object.values(model.views(parameters))) {
          for (let i = 0; i < view.data.length; i++) view.data[i]! += 1;
        }
        return { error: parameters.filter((v) => v !== 1).length, tolerance: 0 };
      },
    }),
    define({
      id: "models/linearization-keeps-its-point",
      statement: "changing the parameter vector after linearize changes no derivative",
      source: "contract of Linearization",
      arbitrary: fc.record({ point: any, v: seed, u: seed }),
      measure: (c, subject) => {
        const p = prepare(c.point, subject);
        const parameters = p.parameters.slice();
        const at = p.linearize(parameters);
        const v = p.direction(c.v);
        const u = p.cotangents(c.u);
        const jvp = at.jvp(v).data.slice();
        const vjp = at.vjp(u).slice();
        const logits = at.logits.data.slice();
        parameters.fill(7);
        const kept =
          same(jvp, at.jvp(v).data) && same(vjp, at.vjp(u)) && same(logits, at.logits.data);
        return { error: kept ? 0 : 1, tolerance: 0 };
      },
    }),
    define({
      id: "models/out-receives-the-result",
      statement:
        "jvp, vjp, second, rowGram, gradientRows and gradientSquares write the same numbers into `out`, whatever it held",
      source: "contract of Linearization",
      arbitrary: fc.record({ point: any, v: seed, u: seed }),
      measure: (c, subject) => {
        const p = prepare(c.point, subject);
        const at = p.linearize(p.parameters);
        const v = p.direction(c.v);
        const u = p.cotangents(c.u);
        const filled = (rows: number, cols: number) => ({
          rows,
          cols,
          data: new Float64Array(rows * cols).fill(Number.NaN),
        });
        const out = filled(u.rows, u.cols);
        const gradient = new Float64Array(p.model.parameterCount).fill(Number.NaN);
        const gram = filled(u.rows, u.rows);
        const rows = filled(u.rows, p.model.parameterCount);
        const squares = new Float64Array(u.rows).fill(Number.NaN);
        const held =
          same(at.jvp(v, out).data, at.jvp(v).data) &&
          at.jvp(v, out) === out &&
          same(at.vjp(u, gradient), at.vjp(u)) &&
          (at.second === undefined || same(at.second(v, out).data, at.second(v).data)) &&
          (at.rowGram === undefined || same(at.rowGram(u, gram).data, at.rowGram(u).data)) &&
          (at.gradientRows === undefined ||
            same(at.gradientRows(u, rows).data, at.gradientRows(u).data)) &&
          (at.gradientSquares === undefined ||
            same(at.gradientSquares(u, squares), at.gradientSquares(u)));
        return { error: held ? 0 : 1, tolerance: 0 };
      },
    }),
  ];
}
