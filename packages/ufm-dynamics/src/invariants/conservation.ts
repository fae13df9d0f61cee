import { type AnyInvariant, defineInvariant, unitRoundoff } from "@xent/invariants";
import { type Dense, dense, norm2, SeededRandom } from "@xent/linalg";
import * as fc from "fast-check";
import { exponentialIntegral, imbalanceDrift, modeImbalance } from "../index.js";
import { anyStarts } from "./cases.js";
import type { UfmDynamicsSubject } from "./subject.js";

const INVARIANT = defineInvariant<UfmDynamicsSubject>();
const TOLERANCE = 1e-10;

/** A dense start that has no structure, with class imbalance. */
interface DenseCase {
  readonly widths: number[];
  readonly classCount: number;
  readonly labels: number[];
  readonly seed: number;
  readonly scale: number;
  readonly bias: boolean;
}

const denseCases = (): fc.Arbitrary<DenseCase> =>
  fc.integer({ min: 2, max: 5 }).chain((classCount) =>
    fc.record({
      classCount: fc.constant(classCount),
      widths: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
      // Classes of very different size; some may be empty.
      labels: fc.array(fc.nat({ max: classCount - 1 }), { minLength: 1, maxLength: 8 }),
      seed: fc.nat(),
      scale: fc.constantFrom(1e-3, 0.3, 1),
      bias: fc.boolean(),
    }),
  );

function denseStart({ widths, classCount, labels, seed, scale, bias }: DenseCase): {
  layers: Dense[];
  labels: number[];
  bias?: Float64Array;
} {
  const random = new SeededRandom(seed);
  const shapes = [labels.length, ...widths, classCount];
  const layers = shapes.slice(1).map((rows, l) => {
    const cols = shapes[l]!;
    return dense(
      rows,
      cols,
      random.normals(rows * cols).map((x) => scale * x),
    );
  });
  return { layers, labels, ...(bias ? { bias: random.normals(classCount) } : {}) };
}

/** What the flows conserve, and that the loss falls. */
export function conservationInvariants(): AnyInvariant<UfmDynamicsSubject>[] {
  return [
    INVARIANT({
      id: "ufm-dynamics/layer-imbalance-is-conserved",
      statement:
        "W_(l+1)^T W_(l+1) - W_l W_l^T is constant along the dense flow, any start, depth and class imbalance",
      source: "[H], [S]; docs/theory 2.1",
      arbitrary: denseCases(),
      measure: (testCase, subject) => {
        const start = denseStart(testCase);
        const flow = subject.integrateDenseFlow({
          ...start,
          times: [0.5, 5],
          tolerance: TOLERANCE,
        });
        let error = flow.states.length === 2 ? 0 : Infinity;
        let entries = 0;
        let size = 0;
        for (const { layers } of flow.states) {
          error = Math.max(error, imbalanceDrift(start.layers, layers));
          for (const w of layers) {
            entries = Math.max(entries, w.data.length);
            size = Math.max(size, norm2(w.data));
          }
        }
        // Nothing is stretched: a local error e in either layer adds 2 ||W|| e; the drift is measured over ||W||^2. An entry's
        // error is relative to the root mean square over all layers, here below sqrt(entries) ||W||.
        const local = 4 * entries * (TOLERANCE + 8 * entries * unitRoundoff(subject));
        return { error, tolerance: local * (flow.steps + 1) };
      },
    }),
    INVARIANT({
      id: "ufm-dynamics/mode-imbalance-is-conserved",
      statement: "s1_c^2 - s2_c^2 is constant along the spectral flow",
      source: "[H]; docs/theory 2.2",
      arbitrary: anyStarts(),
      measure: (start, subject) => {
        const flow = subject.integrateSpectralFlow({
          ...start,
          times: [1, 1e3],
          tolerance: TOLERANCE,
        });
        const before = modeImbalance(start.s1, start.s2);
        let error = 0;
        for (const { s1, s2 } of flow.states) {
          for (const [c, now] of modeImbalance(s1, s2).entries()) {
            const size = (Math.abs(s1[c]!) + Math.abs(s2[c]!)) ** 2 + Math.abs(before[c]!);
            if (size !== 0) error = Math.max(error, Math.abs(now - before[c]!) / size);
          }
        }
        // Each mode to TOLERANCE of itself a step, twice for the square.
        return { error, tolerance: 2 * TOLERANCE * (flow.steps + 1) };
      },
    }),
    INVARIANT({
      id: "ufm-dynamics/spectral-loss-falls",
      statement: "the loss never rises along the spectral flow",
      source: "gradient flow",
      arbitrary: anyStarts(),
      measure: (start, subject) => {
        const times = [0, 0.01, 0.1, 1, 10, 1e3, 1e6];
        const flow = subject.integrateSpectralFlow({ ...start, times, tolerance: TOLERANCE });
        let error = 0;
        for (let i = 1; i < flow.states.length; i++) {
          const [before, after] = [flow.states[i - 1]!.logLoss, flow.states[i]!.logLoss];
          error = Math.max(error, after - before);
        }
        // The loss is at most e^-margin, and a mode's error moves the margin by s times as much.
        const size = Math.max(...flow.states.map(({ logitSpectrum }) => norm2(logitSpectrum)));
        return { error, tolerance: 4 * TOLERANCE * flow.steps * (1 + size) };
      },
    }),
    INVARIANT({
      id: "ufm-dynamics/dense-loss-falls",
      statement: "the loss never rises along the dense flow",
      source: "gradient flow",
      arbitrary: denseCases(),
      measure: (testCase, subject) => {
        const start = denseStart(testCase);
        const times = [0, 0.1, 0.5, 2, 5];
        const flow = subject.integrateDenseFlow({ ...start, times, tolerance: TOLERANCE });
        let error = 0;
        for (let i = 1; i < flow.states.length; i++) {
          error = Math.max(error, flow.states[i]!.loss - flow.states[i - 1]!.loss);
        }
        // A local error e changes the loss by at most |gradient| e, and the gradient is bounded by
        // 2 sqrt N times the product of the other layers' norms.
        const last = flow.states[flow.states.length - 1]!.layers;
        const norms = Math.max(1, ...last.map((w) => norm2(w.data)));
        const entries = last.reduce((sum, w) => sum + w.data.length, testCase.classCount);
        const gradient = 2 * testCase.labels.length * norms ** last.length;
        return { error, tolerance: entries * TOLERANCE * flow.steps * gradient };
      },
    }),
    INVARIANT({
      id: "ufm-dynamics/symmetric-flow-conserves-its-closed-form",
      statement:
        "with equal modes Ei(s) + (k - 1) ln s - 2 k t is constant along the flow, to 1e-10 of its terms for t up to 1e4",
      source: "[H]; docs/theory 2.4",
      arbitrary: fc.record({
        classCount: fc.constantFrom(2, 3, 4, 7, 16, 64),
        start: fc.constantFrom(1e-6, 0.01, 0.3725, 1, 5),
      }),
      measure: ({ classCount: k, start }, subject) => {
        const strengths = new Float64Array(k).fill(start).fill(0, 0, 1);
        const flow = subject.integrateSpectralFlow({
          group: [k],
          strengths,
          times: [0.1, 1, 10, 100, 1e4],
          tolerance: 1e-13,
        });
        let error = 0;
        for (const { time, logitSpectrum } of flow.states) {
          error = Math.max(
            error,
            ...[1, k - 1].map((c) => closedFormDefect(k, start, logitSpectrum[c]!, time)),
          );
        }
        return { error, tolerance: 1e-10 };
      },
    }),
    INVARIANT({
      id: "ufm-dynamics/symmetric-closed-form-solves-its-equation",
      statement: "the closed form satisfies Ei(s) + (k - 1) ln s = Ei(s0) + (k - 1) ln s0 + 2 k t",
      source: "[H]; docs/theory 2.4",
      arbitrary: fc.record({
        classCount: fc.constantFrom(2, 3, 10, 64, 2 ** 16, 2 ** 20),
        start: fc.oneof(fc.double({ min: 1e-3, max: 30, noNaN: true }), fc.constant(1e-100)),
        time: fc.oneof(
          fc.double({ min: 0, max: 1e4, noNaN: true }),
          fc.constantFrom(0, 1e-6, 1e100),
        ),
      }),
      measure: ({ classCount, start, time }, subject) => {
        const s = subject.symmetricStrength(classCount, start, time);
        // A rounding of s changes Ei(s) by e^s u, s u of itself, and Ei is known to 100 u.
        const tolerance = (200 + 8 * Math.max(s, start)) * unitRoundoff(subject);
        return { error: closedFormDefect(classCount, start, s, time), tolerance };
      },
    }),
  ];
}

/** |Ei(s) + (k - 1) ln s - 2 k t - (the same at the start)| over the largest term. */
function closedFormDefect(k: number, start: number, s: number, time: number): number {
  const terms = [
    exponentialIntegral(s),
    (k - 1) * Math.log(s),
    -2 * k * time,
    -exponentialIntegral(start),
    -(k - 1) * Math.log(start),
  ];
  const size = Math.max(1, ...terms.map(Math.abs));
  return Math.abs(terms.reduce((sum, x) => sum + x / size, 0));
}
