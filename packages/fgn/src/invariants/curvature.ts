import { type AnyInvariant, defineInvariant, unitRoundoff } from "@xent/invariants";
import { dot, norm2 } from "@xent/linalg";
import * as fc from "fast-check";
import { type HeadCase, headCases } from "./cases.js";
import type { FgnSubject } from "./subject.js";
import { distance, headLinearization, terms, textbook } from "./textbook.js";

const define = defineInvariant<FgnSubject>();

/**
 * What one product with a curvature matrix may be wrong by: J v, a C x C block of norm <= 1 / 2 and J^T
 * are sums of `terms` products, rounded relative to sum_i w_i |x_i|^2 |v| in all.
 */
function productRounding(c: HeadCase, subject: FgnSubject, size: number): number {
  return 4 * terms(c) * unitRoundoff(subject) * size * norm2(c.v);
}

/** About the curvature matrices as operators. */
export function curvatureInvariants(): AnyInvariant<FgnSubject>[] {
  const options = (c: HeadCase) => ({ exampleWeights: c.weights });
  return [
    define({
      id: "fgn/split-is-exact",
      statement: "GGN v = FGN v + within v",
      source: "[F] section 3; docs/theory 4.2",
      arbitrary: headCases(),
      measure: (c, subject) => {
        const { linearization, size } = textbook(c, true);
        const v = Float64Array.from(c.v);
        const ggn = subject.ggnOperator(linearization, c.labels, options(c)).apply(v);
        const fgn = subject.fgnOperator(linearization, c.labels, options(c)).apply(v);
        const within = subject.withinOperator(linearization, c.labels, options(c)).apply(v);
        const error = distance(
          ggn,
          fgn.map((x, k) => x + within[k]!),
        );
        return { error, tolerance: 2 * productRounding(c, subject, size) };
      },
    }),
    define({
      id: "fgn/ggn-definition",
      statement: "GGN v = sum_i w_i J_i^T (diag p_i - p_i p_i^T) J_i v",
      source: "definition",
      arbitrary: headCases(),
      measure: (c, subject) => {
        const t = textbook(c, true);
        const v = Float64Array.from(c.v);
        const got = subject.ggnOperator(t.linearization, c.labels, options(c)).apply(v);
        return {
          error: distance(got, t.ggn(v)),
          tolerance: 2 * productRounding(c, subject, t.size),
        };
      },
    }),
    define({
      id: "fgn/fgn-is-a-cholesky-step",
      statement:
        "FGN v = sum_i w_i J_i^T (Q e_y)(Q e_y)^T J_i v / Q_yy: one step of pivoted Cholesky of each covariance",
      source: "[ours] docs/theory 4.2",
      arbitrary: headCases(),
      measure: (c, subject) => {
        const t = textbook(c, true);
        const v = Float64Array.from(c.v);
        const got = subject.fgnOperator(t.linearization, c.labels, options(c)).apply(v);
        return {
          error: distance(got, t.fgn(v)),
          tolerance: 2 * productRounding(c, subject, t.size),
        };
      },
    }),
    define({
      id: "fgn/empirical-fisher-definition",
      statement:
        "the empirical Fisher is sum_i w_i g_i g_i^T, g_i the gradient of the loss of example i",
      source: "definition",
      arbitrary: headCases(),
      measure: (c, subject) => {
        const t = textbook(c, true);
        const v = Float64Array.from(c.v);
        const got = subject.empiricalFisherOperator(t.linearization, c.labels, options(c)).apply(v);
        // |e_y - p|^2 <= 2 in place of a block of norm 1 / 2.
        return {
          error: distance(got, t.fisher(v)),
          tolerance: 4 * productRounding(c, subject, t.size),
        };
      },
    }),
    define({
      id: "fgn/symmetric",
      statement: "u.H v = v.H u for FGN, GGN and the within-competitor matrix",
      source: "definition",
      arbitrary: headCases(),
      measure: (c, subject) => {
        const { linearization, size } = textbook(c);
        const [v, w] = [Float64Array.from(c.v), Float64Array.from(c.w)];
        const errors = [subject.fgnOperator, subject.ggnOperator, subject.withinOperator].map(
          (of) => {
            const h = of(linearization, c.labels);
            return Math.abs(dot(w, h.apply(v)) - dot(v, h.apply(w)));
          },
        );
        return {
          error: Math.max(...errors),
          tolerance: 2 * productRounding(c, subject, size) * Math.max(norm2(w), 1),
        };
      },
    }),
    define({
      id: "fgn/loewner-order",
      statement:
        "0 <= v.FGN v <= v.GGN v and 0 <= v.within v: each matrix is PSD and FGN lies below the GGN",
      source: "[F] section 3; docs/theory 4.2",
      arbitrary: headCases(),
      measure: (c, subject) => {
        const { linearization, size } = textbook(c);
        const v = Float64Array.from(c.v);
        const form = (of: FgnSubject["ggnOperator"]): number =>
          dot(v, of(linearization, c.labels).apply(v));
        const fgn = form(subject.fgnOperator);
        const ggn = form(subject.ggnOperator);
        const within = form(subject.withinOperator);
        return {
          error: Math.max(0, -fgn, -within, fgn - ggn),
          tolerance: 2 * productRounding(c, subject, size) * norm2(v),
        };
      },
    }),
    define({
      id: "fgn/two-classes",
      statement: "with two classes FGN = GGN",
      source: "[F] section 3: one competitor has all the mass",
      arbitrary: headCases({ minClasses: 2, maxClasses: 2 }),
      measure: (c, subject) => {
        const { linearization, size } = textbook(c);
        const v = Float64Array.from(c.v);
        const fgn = subject.fgnOperator(linearization, c.labels).apply(v);
        const ggn = subject.ggnOperator(linearization, c.labels).apply(v);
        return { error: distance(fgn, ggn), tolerance: 2 * productRounding(c, subject, size) };
      },
    }),
    define({
      id: "fgn/competitors-are-further-pivots",
      statement: "v.F_r v grows with the number r of competitors kept, up to v.GGN v at r = C - 2",
      source: "[ours] docs/theory 4.2",
      arbitrary: headCases(),
      measure: (c, subject) => {
        const { linearization, size } = textbook(c);
        const v = Float64Array.from(c.v);
        const last = Math.max(0, c.logits[0]!.length - 2);
        const at = (competitors: number): Float64Array =>
          subject.fgnOperator(linearization, c.labels, { competitors }).apply(v);
        let error = 0;
        let before = 0;
        for (let r = 0; r <= last; r++) {
          const form = dot(v, at(r));
          error = Math.max(error, before - form);
          before = form;
        }
        const ggn = subject.ggnOperator(linearization, c.labels).apply(v);
        error = Math.max(error, distance(at(last), ggn) * Math.max(norm2(v), 1));
        // Each of the C pivots is renormalised once more.
        const rounding = 2 * productRounding(c, subject, size) * Math.max(norm2(v), 1);
        return { error, tolerance: c.logits[0]!.length * rounding };
      },
    }),
    define({
      id: "fgn/dropped-share",
      statement:
        "the traces of FGN and GGN are the sums of their diagonals, and the dropped share is 1 - tr FGN / tr GGN, zero for two classes",
      source: "definition; [F] section 5",
      arbitrary: headCases(),
      measure: (c, subject) => {
        const { linearization, size } = textbook(c, true);
        const traces = subject.curvatureTraces(linearization, c.labels, options(c));
        const sum = (kind: "fgn" | "ggn"): number =>
          subject
            .curvatureDiagonal(linearization, c.labels, kind, options(c))
            .reduce((a, b) => a + b, 0);
        const [fgn, ggn] = [sum("fgn"), sum("ggn")];
        const share = traces.droppedShare;
        if (!(share >= 0 && share <= 1)) return { error: Infinity, tolerance: 0 };
        const errors = [
          Math.abs(traces.fgnTrace - fgn),
          Math.abs(traces.ggnTrace - ggn),
          Math.abs(share * ggn - (ggn - fgn)),
          c.logits[0]!.length <= 2 ? share * size : 0,
        ];
        // P quadratic forms, each rounded relative to its part of sum_i w_i |x_i|^2.
        return {
          error: Math.max(...errors),
          tolerance: 8 * terms(c) * c.v.length * unitRoundoff(subject) * size,
        };
      },
    }),
    define({
      id: "fgn/shares-without-the-gram",
      statement: "traces from the closed-form Gram matrix are those from Jacobian products",
      source: "tr J_i^T S J_i = sum_k |J_i^T s_k|^2 for S = sum_k s_k s_k^T",
      arbitrary: headCases(),
      measure: (c, subject) => {
        const { linearization, size } = textbook(c);
        const a = subject.curvatureTraces(linearization, c.labels);
        const b = subject.curvatureTraces(headLinearization(c, false), c.labels);
        return {
          error: Math.max(distance(a.fgn, b.fgn), distance(a.within, b.within)),
          tolerance: 8 * terms(c) * c.v.length * unitRoundoff(subject) * size,
        };
      },
    }),
    define({
      id: "fgn/concentration-bound",
      statement:
        "v.within v <= 2 sum_i w_i (1 - p_y)(1 - max q_i) |J_i v|^2: what FGN drops vanishes as competitors concentrate",
      source: "[ours] Var_q(a) <= sum_j q_j (a_j - a_top)^2",
      arbitrary: fc.record({ c: headCases(), top: fc.constantFrom(0, 4, 20, 60) }),
      measure: ({ c, top }, subject) => {
        // One competitor, the first class that is not the true one, is lifted by `top`.
        const lifted: HeadCase = {
          ...c,
          logits: c.logits.map((row, i) => {
            const first = c.labels[i] === 0 ? 1 : 0;
            return row.map((z, j) => (j === first ? z + top : z));
          }),
        };
        const { linearization, size } = textbook(lifted);
        const v = Float64Array.from(c.v);
        const { competitors: q, complements } = subject.trueVsRest(linearization.logits, c.labels);
        const a = linearization.jvp(v);
        let bound = 0;
        for (let i = 0; i < q.rows; i++) {
          const row = q.data.subarray(i * q.cols, (i + 1) * q.cols);
          const square = norm2(a.data.subarray(i * q.cols, (i + 1) * q.cols)) ** 2;
          bound += (2 * complements[i]! * Math.max(0, 1 - Math.max(...row)) * square) / q.rows;
        }
        const form = dot(v, subject.withinOperator(linearization, c.labels).apply(v));
        return {
          error: Math.max(0, form - bound),
          tolerance: 2 * productRounding(c, subject, size) * norm2(v),
        };
      },
    }),
  ];
}
