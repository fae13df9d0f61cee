import { SeededRandom } from "@xent/linalg";
import {
  type FlowStatus,
  integrateSpectralFlow,
  lyapunovOfStrengths,
  type SpectralState,
} from "@xent/ufm-dynamics";

/** The classes of the digits, as the cyclic group of order 10. */
export const GROUP: readonly number[] = [10];
const CLASSES = 10;
const OUTPUTS_PER_DECADE = 12;
const FIRST_TIME = 1e-2;

/** The flow at one output time, as plain data. */
export interface SpectralPoint {
  readonly time: number;
  /** Singular values of the product of both layers, one for each conjugate pair of modes: modes 1 to 5. */
  readonly singularValues: readonly number[];
  readonly lyapunov: number;
  readonly loss: number;
  readonly margin: number;
}

/** The spectral part of the demo. */
export interface SpectralOutcome {
  readonly status: FlowStatus;
  readonly until: number;
  readonly points: readonly SpectralPoint[];
  /** Accepted steps of the integrator. */
  readonly steps: number;
  readonly evaluations: number;
  /** How often V did not fall: from one accepted step to the next, or one output time to the next. 0 is the theorem. */
  readonly rises: number;
}

/**
 * A random start: strengths of the modes, log-uniform in 0.02..2, equal for a mode and its conjugate, as
 * an even symbol needs. Mode 0 is trivial: it stays where it is.
 */
export function startStrengths(seed: number): Float64Array {
  const random = new SeededRandom(seed);
  const strengths = new Float64Array(CLASSES);
  for (let c = 1; c <= CLASSES / 2; c++) {
    strengths[c] = 0.02 * 100 ** random.uniform();
    strengths[CLASSES - c] = strengths[c]!;
  }
  return strengths;
}

/** Integrates the spectral flow in clock form from a random start, and checks V at every accepted step. */
export function runSpectral(seed: number, until: number): SpectralOutcome {
  const start = startStrengths(seed);
  let last = lyapunovOfStrengths(start) ?? Infinity;
  let rises = 0;
  const result = integrateSpectralFlow({
    group: GROUP,
    strengths: start,
    times: outputTimes(until),
    onStep: ({ lyapunov }) => {
      // Undefined or NaN does not fall either.
      if (lyapunov === undefined || !(lyapunov < last)) rises++;
      else last = lyapunov;
    },
  });
  const points = result.states.map(pointOf);
  for (let i = 1; i < points.length; i++) {
    if (!(points[i]!.lyapunov < points[i - 1]!.lyapunov)) rises++;
  }
  return {
    status: result.status,
    until,
    points,
    steps: result.steps,
    evaluations: result.evaluations,
    rises,
  };
}

/** 0, then evenly spaced in the logarithm up to the end. */
function outputTimes(until: number): number[] {
  const decades = Math.max(1, Math.log10(until / FIRST_TIME));
  const count = Math.ceil(decades * OUTPUTS_PER_DECADE);
  const first = until / 10 ** decades;
  const times = [0];
  for (let i = 0; i < count; i++) times.push(first * (until / first) ** (i / count));
  times.push(until);
  return times;
}

function pointOf({ time, logitSpectrum, lyapunov, loss, margin }: SpectralState): SpectralPoint {
  return {
    time,
    singularValues: Array.from(logitSpectrum.slice(1, CLASSES / 2 + 1)),
    // A start of positive strengths keeps them positive; Infinity would be seen as a rise.
    lyapunov: lyapunov ?? Infinity,
    loss,
    margin,
  };
}
