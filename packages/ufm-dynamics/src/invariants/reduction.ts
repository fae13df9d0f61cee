import { type AnyInvariant, defineInvariant, unitRoundoff } from "@xent/invariants";
import { multiplyTransposeB } from "@xent/linalg";
import * as fc from "fast-check";
import { basisAlignment, spectralLayers } from "../index.js";
import { anyStarts, balancedStarts, distance, largest } from "./cases.js";
import type { UfmDynamicsSubject } from "./subject.js";

const INVARIANT = defineInvariant<UfmDynamicsSubject>();

/** Asked of the integrators. */
const TOLERANCE = 1e-10;

/**
 * By how much the flow may stretch a deviation within the time T: the Hessian of the loss is a positive semidefinite part
 * plus a bilinear one of norm ||I - P|| <= 2, so that gradient flow stretches by at most e^(2 T).
 */
function stretch(time: number): number {
  return Math.exp(2 * time);
}

/** That the dense flow and descent from a spectral start are the reduced ones. Cost: some hundred dense right-hand sides. */
export function reductionInvariants(): AnyInvariant<UfmDynamicsSubject>[] {
  return [
    INVARIANT({
      id: "ufm-dynamics/spectral-flow-is-dense-flow",
      statement:
        "the layers of the dense flow stay R S1(t) Phi^T and Phi S2(t) R^T with the modes of the spectral flow",
      source: "[H]; docs/theory 2.2 for groups",
      arbitrary: fc.record({ start: anyStarts(), extraWidth: fc.integer({ min: 0, max: 3 }) }),
      measure: ({ start, extraWidth }, subject) => {
        const { group } = start;
        const width = start.s1.length + extraWidth;
        const times = [0, 0.3, 2];
        const spectral = subject.integrateSpectralFlow({ ...start, times, tolerance: TOLERANCE });
        const layers = spectralLayers(start, width, 7);
        const full = subject.integrateDenseFlow({ layers, times, tolerance: TOLERANCE });
        if (spectral.states.length !== 3 || full.states.length !== 3)
          return { error: Infinity, tolerance: 0 };
        let error = 0;
        let size = 0;
        for (const [i, { s1, s2 }] of spectral.states.entries()) {
          const rebuilt = spectralLayers({ group, s1, s2 }, width, 7);
          for (const [l, w] of full.states[i]!.layers.entries()) {
            error = Math.max(error, distance(w.data, rebuilt[l]!.data));
            size = Math.max(size, largest(rebuilt[l]!.data), largest(s1, s2));
          }
        }
        const steps = spectral.steps + full.steps;
        // Local errors of TOLERANCE in each of 2 d k entries, that is sqrt(2 d k) in norm, and rounding likewise.
        const entries = Math.sqrt(2 * width * start.s1.length);
        const local = entries * size * (TOLERANCE + 8 * width * unitRoundoff(subject));
        return { error, tolerance: local * (steps + 2) * stretch(2) };
      },
    }),
    INVARIANT({
      id: "ufm-dynamics/spectral-field-is-dense-field",
      statement:
        "at a spectral point W1' = R S1' Phi^T and W2' = Phi S2' R^T, with s1_c' = y_c' s2_c and s2_c' = y_c' s1_c",
      source: "[H]; docs/theory 2.2: s1 + s2 and s1 - s2 move as e^y and e^-y",
      arbitrary: fc.record({ start: anyStarts(), extraWidth: fc.integer({ min: 0, max: 3 }) }),
      measure: ({ start, extraWidth }, subject) => {
        const { group, s1, s2 } = start;
        const k = s1.length;
        const width = k + extraWidth;
        const spectral = subject.spectralVectorField(start, { clock: false });
        const rates = new Float64Array(spectral.dimension);
        spectral.derivative(0, spectral.initial(), rates);
        const dense = subject.denseVectorField({ layers: spectralLayers(start, width, 7) });
        const moved = new Float64Array(dense.dimension);
        dense.derivative(0, dense.initial(), moved);
        // Entry 0 of the spectral field belongs to the mode that shifts all logits alike: it rests.
        const along = (s: readonly number[]) => s.map((v, c) => (c === 0 ? 0 : rates[c]! * v));
        const rebuilt = spectralLayers({ group, s1: along(s2), s2: along(s1) }, width, 7);
        const wanted = Float64Array.from(rebuilt.flatMap(({ data }) => Array.from(data)));
        if (wanted.length !== moved.length) return { error: Infinity, tolerance: 0 };
        const strongest = largest(s1, s2);
        // Frames of the layers: k reflections of length width. Logits: sums of width products, of size strongest^2; a
        // softmax doubles their error. A layer's rate: sums of k residuals below 1 times entries up to strongest.
        const layerUnits = 4 * width + 40;
        const logitUnits = (2 * layerUnits + width + 8) * strongest ** 2;
        const units = 2 * logitUnits + layerUnits + k + 16;
        return {
          error: distance(moved, wanted),
          tolerance: k * strongest * units * unitRoundoff(subject),
        };
      },
    }),
    INVARIANT({
      id: "ufm-dynamics/frozen-singular-vectors",
      statement:
        "Phi^T W2 W1 Phi and Phi^T W2 W2^T Phi stay diagonal along the dense flow from a spectral start",
      source: "[H]; docs/theory 2.2",
      arbitrary: anyStarts(),
      measure: (start, subject) => {
        const width = start.s1.length + 1;
        const layers = spectralLayers(start, width, 3);
        const full = subject.integrateDenseFlow({ layers, times: [2], tolerance: TOLERANCE });
        const state = full.states[0]!;
        const w2 = state.layers[1]!;
        const error = Math.max(
          basisAlignment(state.logits, start.group).offDiagonal,
          basisAlignment(multiplyTransposeB(w2, w2), start.group).offDiagonal,
        );
        const size = largest(w2.data, state.layers[0]!.data, start.s1, start.s2);
        // An error e of a layer enters a product twice, times the norm of a layer.
        const norm = size * start.s1.length;
        const entries = Math.sqrt(2 * width * start.s1.length);
        const local = entries * size * (TOLERANCE + 8 * width * unitRoundoff(subject));
        return { error, tolerance: 2 * norm * local * (full.steps + 2) * stretch(2) };
      },
    }),
    INVARIANT({
      id: "ufm-dynamics/clock-form-is-natural-time",
      statement: "the flow in the clock d sigma = (1 - p_0) dt is the flow in t",
      source: "[ours] docs/theory 2.7",
      arbitrary: anyStarts(),
      measure: (start, subject) => {
        const options = { ...start, times: [0.1, 3], tolerance: TOLERANCE };
        const clock = subject.integrateSpectralFlow({ ...options, clock: true });
        const natural = subject.integrateSpectralFlow({ ...options, clock: false });
        let error = 0;
        let size = 0;
        for (const [i, state] of clock.states.entries()) {
          const other = natural.states[i]!;
          error = Math.max(error, distance(state.s1, other.s1), distance(state.s2, other.s2));
          size = Math.max(size, largest(state.s1, state.s2, other.s1, other.s2));
        }
        if (clock.states.length !== natural.states.length) error = Infinity;
        // TOLERANCE in each ln s and in ln t a step; the modes move by at most 2 max(1, t) of themselves with ln t.
        const local = (1 + 2 * 3) * Math.sqrt(2 * start.s1.length) * size * TOLERANCE;
        return { error, tolerance: local * (clock.steps + natural.steps) * stretch(3) };
      },
    }),
    INVARIANT({
      id: "ufm-dynamics/mode-zero-shifts-all-logits-alike",
      statement:
        "mode 0 is frozen and changes neither the loss nor any other mode, up to 1e3 in size",
      source: "docs/theory 2.2",
      arbitrary: fc.record({ start: anyStarts(), zero: fc.constantFrom(-1e3, -1, 30, 1e3) }),
      measure: ({ start, zero }, subject) => {
        const run = (mode: number) =>
          subject.integrateSpectralFlow({
            group: start.group,
            s1: start.s1.map((s, c) => (c === 0 ? mode : s)),
            s2: start.s2.map((s, c) => (c === 0 ? 1 : s)),
            times: [1],
            tolerance: TOLERANCE,
          });
        const [plain, shifted] = [run(0), run(zero)];
        const [a, b] = [plain.states[0]!, shifted.states[0]!];
        const error =
          distance(a.s1.slice(1), b.s1.slice(1)) +
          distance(a.s2.slice(1), b.s2.slice(1)) +
          Math.abs(a.loss - b.loss) / Math.max(1, a.loss) +
          Math.abs(b.s1[0]! - zero);
        const size = Math.max(1, largest(a.s1, a.s2));
        const rounding = 8 * unitRoundoff(subject) * Math.abs(zero);
        return {
          error,
          tolerance:
            (TOLERANCE * size * size + rounding) * (plain.steps + shifted.steps) * stretch(1),
        };
      },
    }),
    INVARIANT({
      id: "ufm-dynamics/descent-on-modes-is-descent-on-matrices",
      statement:
        "gradient descent keeps the singular vectors: s2 += eta r s1, s1 += eta r s2 is the dense step",
      source: "docs/theory 2.4",
      arbitrary: fc.record({
        start: anyStarts(),
        descent: fc.constantFrom(
          { stepSize: 1e-3, count: 100 },
          { stepSize: 0.05, count: 40 },
          { stepSize: 1, count: 4 },
          { stepSize: 20, count: 1 },
        ),
      }),
      measure: ({ start, descent }, subject) => {
        const { stepSize, count } = descent;
        const width = start.s1.length;
        const outputSteps = [count];
        const spectral = subject.spectralGradientDescent({ ...start, stepSize, outputSteps });
        const layers = spectralLayers(start, width, 11);
        const full = subject.denseGradientDescent({ layers, stepSize, outputSteps });
        const { s1, s2 } = spectral.states[0]!;
        const rebuilt = spectralLayers({ group: start.group, s1, s2 }, width, 11);
        let error = 0;
        for (const [l, w] of full.states[0]!.layers.entries()) {
          error = Math.max(error, distance(w.data, rebuilt[l]!.data));
        }
        const size = largest(s1, s2, start.s1, start.s2);
        // The Hessian has norm at most 2 + 2 ||W||^2 with ||W|| the largest singular value on the way, so a
        // step stretches by 1 + eta times that. Each step rounds sums of width terms of the size of the modes.
        const factor = (1 + stepSize * (2 + 2 * size * size)) ** count;
        const rounding =
          32 * width * unitRoundoff(subject) * size * (1 + stepSize * (1 + size * size));
        return { error, tolerance: rounding * (count + 1) * factor };
      },
    }),
    INVARIANT({
      id: "ufm-dynamics/weight-decay-collapses-at-finite-norm",
      statement:
        "balanced with weight decay lambda < 1 every mode tends to s* = ln(1 + k (1 - lambda) / lambda)",
      source: "[ours] docs/theory 2.4",
      arbitrary: fc.record({
        start: balancedStarts(),
        weightDecay: fc.constantFrom(0.1, 0.3, 0.5, 0.9),
      }),
      measure: ({ start, weightDecay }, subject) => {
        const k = start.s1.length;
        const limit = Math.log(1 + (k * (1 - weightDecay)) / weightDecay);
        // Near the limit deviations die at least at the rate 2 s* lambda / k > 0.01.
        const flow = subject.integrateSpectralFlow({
          ...start,
          weightDecay,
          times: [5000],
          tolerance: 1e-9,
        });
        const strengths = flow.states[0]!.logitSpectrum;
        let error = Math.abs(strengths[0]!);
        for (let c = 1; c < k; c++) error = Math.max(error, Math.abs(strengths[c]! / limit - 1));
        // A stable state forgets all but the last local errors, over rate times step: a step is at least 1 / 100 long.
        return { error, tolerance: 1e4 * 1e-9 };
      },
    }),
  ];
}
