import { type AnyInvariant, defineInvariant, unitRoundoff } from "@xent/invariants";
import { type Dense, dense, dot, fromRows, norm2 } from "@xent/linalg";
import { crossEntropyGradient, softmax } from "@xent/softmax-spectral";
import * as fc from "fast-check";
import { type HeadCase, headCases, logitsOf } from "./cases.js";
import { FGN_SOLVERS, residualBound, stepBound, TOLERANCE } from "./step-tolerance.js";
import type { FgnSubject } from "./subject.js";
import {
  distance,
  featureLinearization,
  headLinearization,
  type Textbook,
  textbook,
} from "./textbook.js";

const define = defineInvariant<FgnSubject>();

const solvers = fc.constantFrom(...FGN_SOLVERS);

/** ||H d + mu d + g||. */
function residual(
  product: (v: Float64Array) => Float64Array,
  mu: number,
  g: Float64Array,
  d: Float64Array,
): number {
  return norm2(product(d).map((x, k) => x + mu * d[k]! + g[k]!));
}

/** About single steps. */
export function stepInvariants(): AnyInvariant<FgnSubject>[] {
  return [
    define({
      id: "fgn/every-solver-solves",
      statement:
        "(FGN + lambda I) d = -g for every solver, with the gradient and FGN of the definitions",
      source: "[F] section 4; docs/theory 4.3",
      arbitrary: fc.record({ c: headCases(), solver: solvers, gram: fc.boolean() }),
      measure: ({ c, solver, gram }, subject) => {
        const t = textbook(c, true);
        const { step } = subject.fgnStep(headLinearization(c, gram), c.labels, {
          damping: t.damping,
          solver,
          tolerance: TOLERANCE,
          exampleWeights: c.weights,
        });
        return {
          error: residual(t.fgn, t.damping, t.gradient, step),
          tolerance: residualBound(c, t, subject),
        };
      },
    }),
    define({
      id: "fgn/solvers-agree",
      statement: "row space, parameter space, direct and iterative: all solvers give the same step",
      source: "push-through identity; docs/theory 4.3",
      arbitrary: fc.record({ c: headCases(), competitors: fc.integer({ min: 0, max: 2 }) }),
      measure: ({ c, competitors }, subject) => {
        const t = textbook(c);
        const steps = FGN_SOLVERS.map(
          (solver) =>
            subject.fgnStep(t.linearization, c.labels, {
              damping: t.damping,
              solver,
              competitors,
              tolerance: TOLERANCE,
            }).step,
        );
        return {
          error: Math.max(...steps.map((step) => distance(step, steps[0]!))),
          tolerance: stepBound(c, t, subject, 1 + competitors),
        };
      },
    }),
    define({
      id: "fgn/gram-equals-matrix-free",
      statement: "the closed-form Gram matrix of a linear head gives the step of the explicit rows",
      source: "docs/theory 4.3: A A^T = D^1/2 (X X^T o V V^T) D^1/2",
      arbitrary: fc.record({ c: headCases(), competitors: fc.integer({ min: 0, max: 3 }) }),
      measure: ({ c, competitors }, subject) => {
        const t = textbook(c);
        const [a, b] = [true, false].map(
          (gram) =>
            subject.fgnStep(headLinearization(c, gram), c.labels, {
              damping: t.damping,
              solver: "row-cholesky",
              competitors,
            }).step,
        );
        return {
          error: distance(a!, b!),
          tolerance: stepBound(c, t, subject, 1 + competitors),
        };
      },
    }),
    define({
      id: "fgn/ggn-step-solves",
      statement: "(GGN + lambda I) d = -g, with and without the FGN preconditioner",
      source: "definition; docs/theory 4.5",
      arbitrary: fc.record({
        c: headCases(),
        preconditioner: fc.constantFrom("auto", "none", "fgn"),
        competitors: fc.integer({ min: 0, max: 2 }),
      }),
      measure: ({ c, preconditioner, competitors }, subject) => {
        const t = textbook(c);
        const { step } = subject.ggnStep(t.linearization, c.labels, {
          damping: t.damping,
          preconditioner,
          competitors,
          tolerance: TOLERANCE,
        });
        return {
          error: residual(t.ggn, t.damping, t.gradient, step),
          tolerance: residualBound(c, t, subject),
        };
      },
    }),
    define({
      id: "fgn/descent",
      statement:
        "||g||^2 / (tr FGN + lambda) <= -g.d <= ||g||^2 / lambda, and slope and curvature are reported as g.d and d.FGN d",
      source: "eigenvalues of (FGN + lambda I)^-1",
      arbitrary: fc.record({ c: headCases(), solver: solvers }),
      measure: ({ c, solver }, subject) => {
        const t = textbook(c);
        const { step, slope, curvature } = subject.fgnStep(t.linearization, c.labels, {
          damping: t.damping,
          solver,
          tolerance: TOLERANCE,
        });
        const gain = -dot(t.gradient, step);
        const square = norm2(t.gradient) ** 2;
        const errors = [
          square / (t.size + t.damping) - gain,
          gain - square / t.damping,
          Math.abs(slope + gain),
          Math.abs(curvature - dot(step, t.fgn(step))),
        ];
        // Errors of d enter times ||g||; the curvature form is d.(-g - mu d + residual), times ||d|| (mu + size).
        const scale = norm2(t.gradient) + 2 * (t.size + t.damping) * norm2(step);
        return {
          error: Math.max(0, ...errors),
          tolerance: stepBound(c, t, subject) * (scale + t.grossGradient),
        };
      },
    }),
    define({
      id: "fgn/ignored-and-repeated-examples",
      statement: "weight zero removes an example from the step, weight k repeats it k times",
      source: "definition of the weighted mean",
      arbitrary: fc.record({ c: headCases(), solver: solvers }),
      measure: ({ c, solver }, subject) => {
        const t = textbook(c, true);
        const copies = c.weights.flatMap((w, i) => Array.from({ length: w }, () => i));
        const repeated: HeadCase = {
          ...c,
          features: copies.map((i) => c.features[i]!),
          logits: copies.map((i) => c.logits[i]!),
          labels: copies.map((i) => c.labels[i]!),
        };
        const options = { damping: t.damping, solver, tolerance: TOLERANCE };
        const a = subject.fgnStep(t.linearization, c.labels, {
          ...options,
          exampleWeights: c.weights,
        });
        const b = subject.fgnStep(headLinearization(repeated), repeated.labels, options);
        return { error: distance(a.step, b.step), tolerance: stepBound(repeated, t, subject) };
      },
    }),
    define({
      id: "fgn/soft-targets",
      statement:
        "with soft targets or label smoothing (FGN + lambda I) d = -J^T w (p - t), although p - t is no multiple of e_y - q",
      source: "[ours] docs/theory 4.3",
      arbitrary: fc.record({
        c: headCases({ margins: "ordinary", minClasses: 2 }),
        solver: solvers,
        smoothing: fc.constantFrom(0, 0.1, 0.5),
        soft: fc.boolean(),
      }),
      measure: ({ c, solver, smoothing, soft }, subject) => {
        const t = textbook(c);
        const targets = soft ? softTargets(c) : undefined;
        const slopes = crossEntropyGradient(logitsOf(c), targets ?? c.labels, {
          labelSmoothing: smoothing,
        });
        const gradient = t.linearization.vjp(slopes);
        const { step } = subject.fgnStep(t.linearization, c.labels, {
          damping: t.damping,
          solver,
          tolerance: TOLERANCE,
          labelSmoothing: smoothing,
          ...(targets && { targets }),
        });
        // |p - t| <= sqrt 2 for every example, which may exceed the hard gradient.
        const gross = grossGradient(c, t, Math.SQRT2);
        return {
          error: residual(t.fgn, t.damping, gradient, step),
          tolerance: residualBound(c, { ...t, gradient, grossGradient: gross }, subject),
        };
      },
    }),
    define({
      id: "fgn/weight-decay-in-the-system",
      statement: "(FGN + (lambda + tau) I) d = -(g + tau theta)",
      source: "docs/theory 4.3",
      arbitrary: fc.record({ c: headCases(), solver: solvers, tau: fc.constantFrom(1e-4, 0.1) }),
      measure: ({ c, solver, tau }, subject) => {
        const t = textbook(c);
        const parameters = Float64Array.from(c.w);
        const decay = tau * t.damping;
        const { step } = subject.fgnStep(t.linearization, c.labels, {
          damping: t.damping,
          solver,
          tolerance: TOLERANCE,
          weightDecay: decay,
          parameters,
        });
        const gradient = t.gradient.map((g, k) => g + decay * parameters[k]!);
        const gross = t.grossGradient + decay * norm2(parameters);
        return {
          error: residual(t.fgn, t.damping + decay, gradient, step),
          tolerance: residualBound(c, { ...t, gradient, grossGradient: gross }, subject),
        };
      },
    }),
    define({
      id: "fgn/step-shift-and-relabelling",
      statement:
        "a shift of each row of logits leaves the step alone; relabelling the classes permutes its blocks",
      source: "symmetry of the definitions",
      arbitrary: fc.record({
        c: headCases(),
        shift: fc.constantFrom(-1e3, 1, 1e3),
        solver: solvers,
      }),
      measure: ({ c, shift, solver }, subject) => {
        const t = textbook(c);
        const C = c.logits[0]!.length;
        const D = c.features[0]!.length;
        const options = { damping: t.damping, solver, tolerance: TOLERANCE };
        const mirrored: HeadCase = {
          ...c,
          logits: c.logits.map((row) => row.map((z) => z + shift).reverse()),
          labels: c.labels.map((y) => C - 1 - y),
        };
        const before = subject.fgnStep(t.linearization, c.labels, options).step;
        const after = subject.fgnStep(headLinearization(mirrored), mirrored.labels, options).step;
        const back = new Float64Array(after.length);
        after.forEach((x, k) => {
          back[(C - 1 - Math.floor(k / D)) * D + (k % D)] = x;
        });
        return { error: distance(before, back), tolerance: stepBound(c, t, subject) };
      },
    }),
    define({
      id: "fgn/far-examples-in-closed-form",
      statement:
        "with orthogonal features d = sum_i c_i / (lambda + D_i |x_i|^2 |v_i|^2) J_i^T v_i, to full relative accuracy for each example, at margins from -2000 to 700",
      source: "[ours] docs/theory 4.3",
      arbitrary: fc.record({
        margins: fc.array(fc.constantFrom(-2000, -690, -170, -60, -20, -3, 0, 2, 30, 700), {
          minLength: 1,
          maxLength: 5,
        }),
        C: fc.integer({ min: 2, max: 5 }),
        length: fc.constantFrom(1e-2, 1, 10),
        damping: fc.constantFrom(1e-6, 1e-2, 1),
        solver: fc.constantFrom("row-cholesky" as const, "row-lu" as const),
      }),
      measure: ({ margins, C, length, damping, solver }, subject) => {
        const B = margins.length;
        // The competitors' logits are j log 2 for all examples, so q is known; z_y is placed at the margin.
        const rest = Float64Array.from({ length: C - 1 }, (_, j) => j * Math.LN2);
        const q = softmax(rest);
        const level = Math.log(rest.reduce((s, z) => s + Math.exp(z), 0));
        const logits = fromRows(margins.map((m) => [m + level, ...rest]));
        const features = margins.map((_, i) => margins.map((__, j) => (i === j ? length : 0)));
        const { step } = subject.fgnStep(
          featureLinearization(features, logits),
          margins.map(() => 0),
          {
            damping,
            solver,
          },
        );
        const v = [1, ...q.map((x) => -x)];
        const M = length ** 2 * norm2(v) ** 2;
        let error = 0;
        margins.forEach((m, i) => {
          // sigma(-m) and sigma(m), each without cancellation.
          const e = Math.exp(-Math.abs(m));
          const [p, complement] = m < 0 ? [e / (1 + e), 1 / (1 + e)] : [1 / (1 + e), e / (1 + e)];
          const x = complement / B / (damping + (p * complement * M) / B);
          const wanted = v.map((s) => x * length * s);
          const got = v.map((_, j) => step[j * B + i]!);
          // The margin comes out of logits rounded at |m| + level: relative in p or 1 - p.
          error = Math.max(error, distance(got, wanted) / norm2(wanted) / (1 + Math.abs(m)));
        });
        return { error, tolerance: 16 * (C + B + 8) * unitRoundoff(subject) };
      },
    }),
  ];
}

/** sum_i w_i |x_i| times `slope`. */
function grossGradient(c: HeadCase, t: Textbook, slope: number): number {
  return c.features.reduce((s, x, i) => s + t.shares[i]! * norm2(x) * slope, 0);
}

/** The softmax of another set of logits: those of the case, reversed. */
function softTargets(c: HeadCase): Dense {
  const out = dense(c.logits.length, c.logits[0]!.length);
  c.logits.forEach((row, i) => {
    out.data.set(softmax(Float64Array.from(row).reverse()), i * out.cols);
  });
  return out;
}
