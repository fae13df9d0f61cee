import {
  type AnyInvariant,
  defineInvariant,
  entriesThatDiffer,
  unitRoundoff,
  worstQuotientOf,
} from "@xent/invariants";
import { SeededRandom } from "@xent/linalg";
import * as fc from "fast-check";
import { type ModelsSubject, modelCase, prepare, seed } from "./cases.js";

const define = defineInvariant<ModelsSubject>();
const any = modelCase();

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
        const pairs: [number, number][] = [];
        for (let i = 0; i < plain.rows; i++) {
          const track = p.reference(i, p.parameters).logits;
          for (let j = 0; j < plain.cols; j++) {
            for (const { data } of [plain, kept]) {
              pairs.push([data[i * plain.cols + j]! - track.value[j]!, track.valueError[j]!]);
            }
          }
        }
        const shaped = plain.rows === p.batchSize && plain.cols === p.model.classCount;
        return {
          error: shaped ? worstQuotientOf(pairs) : Infinity,
          tolerance: 2 * unitRoundoff(subject),
        };
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
        const pairs: [number, number][] = [];
        order.forEach((from, to) => {
          const track = p.reference(from, p.parameters).logits;
          for (let j = 0; j < plain.cols; j++) {
            const gap = moved.data[to * plain.cols + j]! - plain.data[from * plain.cols + j]!;
            pairs.push([gap, track.valueError[j]!]);
          }
        });
        return { error: worstQuotientOf(pairs), tolerance: 2 * unitRoundoff(subject) };
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
        const repeated = entriesThatDiffer(first, model.initialize(c.seed)) === 0;
        const byGenerator =
          entriesThatDiffer(first, model.initialize(new SeededRandom(c.seed))) === 0;
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
          entriesThatDiffer(jvp, at.jvp(v).data) === 0 &&
          entriesThatDiffer(vjp, at.vjp(u)) === 0 &&
          entriesThatDiffer(logits, at.logits.data) === 0;
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
          entriesThatDiffer(at.jvp(v, out).data, at.jvp(v).data) === 0 &&
          at.jvp(v, out) === out &&
          entriesThatDiffer(at.vjp(u, gradient), at.vjp(u)) === 0 &&
          (at.second === undefined ||
            entriesThatDiffer(at.second(v, out).data, at.second(v).data) === 0) &&
          (at.rowGram === undefined ||
            entriesThatDiffer(at.rowGram(u, gram).data, at.rowGram(u).data) === 0) &&
          (at.gradientRows === undefined ||
            entriesThatDiffer(at.gradientRows(u, rows).data, at.gradientRows(u).data) === 0) &&
          (at.gradientSquares === undefined ||
            entriesThatDiffer(at.gradientSquares(u, squares), at.gradientSquares(u)) === 0);
        return { error: held ? 0 : 1, tolerance: 0 };
      },
    }),
  ];
}
