import { formatNumber, type Progress } from "@xent/app-kit";
import { planGroupTransform, SeededRandom } from "@xent/linalg";
import { defaultGroup } from "@xent/softmax-spectral";
import { logisticStrength } from "@xent/ufm-dynamics";
import { type Counterexample, counterexamples } from "./counterexamples.js";
import type { Observation } from "./observation.js";
import { type SmallRandomStudy, studySmallRandom } from "./small-random.js";
import { allStarts, randomStart, randomStrengths, type Start } from "./starts.js";
import { logGrid, outputTimes } from "./times.js";
import { isLarge, lossKind, runTrajectory, type Trajectory } from "./trajectory.js";

/** What is asked of the study. */
export interface StudySettings {
  /** Orders of the cyclic factors; their product is the number of classes. */
  readonly group: readonly number[];
  readonly layers: number;
  readonly loss: "cross-entropy" | "squared";
  readonly tMax: number;
  readonly seed: number;
}

/** The flow from one of the starts. */
export interface StartRun {
  readonly name: Start["name"];
  readonly description: string;
  readonly trajectory: Trajectory;
}

/** The random start under both losses. */
export interface LossComparison {
  readonly crossEntropy: Trajectory;
  readonly squared: Trajectory;
  /** Largest relative distance of the squared-loss modes from Saxe's logistic curves; null unless two layers. */
  readonly logisticError: number | null;
}

/** V(t) for one number of classes. */
export interface CollapseRun {
  readonly classes: number;
  readonly trajectory: Trajectory;
}

/** Everything that was computed; the parts that a large group leaves out are null or empty. */
export interface Study {
  readonly settings: StudySettings;
  readonly classes: number;
  /** Rows of the table: the random start. */
  readonly table: readonly Observation[];
  readonly starts: readonly StartRun[];
  readonly losses: LossComparison | null;
  readonly counterexamples: readonly Counterexample[];
  readonly smallRandom: SmallRandomStudy;
  readonly collapse: readonly CollapseRun[];
}

const COLLAPSE_CLASSES = [4, 8, 16, 64, 1024];

function compareLosses(settings: StudySettings): LossComparison {
  const { group, layers, seed } = settings;
  const strengths = randomStrengths(group, new SeededRandom(seed));
  const times = [-Infinity, ...logGrid(-2, 2, 129)];
  const crossEntropy = runTrajectory({ group, layers, strengths }, times);
  const squared = runTrajectory({ group, layers, strengths, loss: lossKind("squared") }, times);
  if (layers !== 2) return { crossEntropy, squared, logisticError: null };
  let worst = 0;
  for (const { time, smallest, largest } of squared.observations) {
    // The curves do not cross, so that the extremes of the flow belong to the extremes of the start.
    const first = squared.observations[0]!;
    const pairs = [
      [smallest, logisticStrength(first.smallest, time)],
      [largest, logisticStrength(first.largest, time)],
    ] as const;
    for (const [s, exact] of pairs) worst = Math.max(worst, Math.abs(s / exact - 1));
  }
  return { crossEntropy, squared, logisticError: worst };
}

function collapseRuns(seed: number): CollapseRun[] {
  const times = [-Infinity, ...logGrid(-2, 8, 121)];
  return COLLAPSE_CLASSES.map((classes) => {
    const group = defaultGroup(classes);
    const strengths = randomStrengths(group, new SeededRandom(seed));
    return { classes, trajectory: runTrajectory({ group, strengths }, times) };
  });
}

/** Runs all parts. Equal settings give equal results. */
export function runStudy(settings: StudySettings, progress: Progress): Study {
  const { group, layers, loss, tMax, seed } = settings;
  const classes = planGroupTransform(group).size;
  const large = isLarge(classes);
  const times = outputTimes(tMax);
  const starts = large ? [randomStart(group, seed)] : allStarts(group, layers, seed);
  progress.stage(`spectral flow of ${classes} classes`, starts.length);
  const began = performance.now();
  const runs = starts.map(({ name, description, modes }): StartRun => {
    const problem = { group, layers, loss: lossKind(loss), ...modes };
    const trajectory = large
      ? runTrajectory(problem, times.rows, (seen) => {
          const seconds = (performance.now() - began) / 1000;
          progress.note(`  t = ${formatNumber(seen.time)} after ${seconds.toFixed(1)} s`);
        })
      : runTrajectory(problem, times.curve);
    progress.advance();
    return { name, description, trajectory };
  });
  const { observations } = runs[0]!.trajectory;
  const rows = new Set(times.rows);
  const table = observations.filter(
    (one, i) => rows.has(one.logTime) || i === observations.length - 1,
  );
  progress.stage("cross-entropy and squared loss", 1);
  const losses = large ? null : compareLosses(settings);
  progress.stage("counterexamples", 1);
  const examples = counterexamples();
  progress.stage("small random start", 1);
  const smallRandom = studySmallRandom(seed);
  progress.stage("how slow collapse is", 1);
  const collapse = collapseRuns(seed);
  return {
    settings,
    classes,
    table,
    starts: runs,
    losses,
    counterexamples: examples,
    smallRandom,
    collapse,
  };
}
