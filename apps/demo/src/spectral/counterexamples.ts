import { logGrid } from "./times.js";
import { runTrajectory, type Trajectory } from "./trajectory.js";

/** What the measures of collapse are called. */
export const METRIC_NAMES = {
  ratio: "the ratio largest/smallest",
  angleDeviation: "the angle deviation (NC2)",
  lyapunov: "V",
} as const;

/** A start from which a measure of neural collapse climbs. */
export interface Counterexample {
  readonly name: string;
  readonly metric: keyof typeof METRIC_NAMES;
  readonly balanced: boolean;
  readonly trajectory: Trajectory;
}

// Found by a search over random starts; what happens from them is computed here.
const RATIO_START = [
  0, 1.129, 1.125, 1.141, 30.128, 1.119, 30.104, 1.126, 30.115, 1.137, 1.121, 30.11, 1.147, 30.11,
  30.114, 1.143,
];
const ANGLE_START = [0, 0.021, 7.342, 0.001, 9.319, 7.409, 0.013, 7.049];

/** s1^2 - s2^2 of the modes that all have s1 s2 = 1. */
const IMBALANCES = [0, 0, 2, 6];

/** Ratio (k = 16) and angles (k = 8) from balanced starts, V itself (k = 4) from an unbalanced one, with their flows. */
export function counterexamples(): Counterexample[] {
  const s1 = IMBALANCES.map((d) => Math.sqrt((d + Math.hypot(d, 2)) / 2));
  return [
    {
      name: "k = 16: ratio of the singular values",
      metric: "ratio",
      balanced: true,
      trajectory: runTrajectory(
        { group: [2, 2, 2, 2], strengths: RATIO_START },
        logGrid(-2, 16, 145),
      ),
    },
    {
      name: "k = 8: angles between class means",
      metric: "angleDeviation",
      balanced: true,
      trajectory: runTrajectory({ group: [2, 2, 2], strengths: ANGLE_START }, logGrid(-2, 40, 169)),
    },
    {
      name: "k = 4, unbalanced: V itself",
      metric: "lyapunov",
      balanced: false,
      trajectory: runTrajectory({ group: [2, 2], s1, s2: s1.map((a) => 1 / a) }, [
        -Infinity,
        ...logGrid(-2, 8, 121),
      ]),
    },
  ];
}
