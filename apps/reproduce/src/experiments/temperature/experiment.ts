import { loadDigits, responsiveLineChart, selectDigits, splitDigits } from "@xent/app-kit";
import { dense, norm2, SeededRandom } from "@xent/linalg";
import { mlp } from "@xent/models";
import { crossEntropy } from "@xent/softmax-spectral";
import { batchRadius } from "@xent/taylor-radius";
import { adamDirection, train } from "@xent/training";
import type { Drawing, Experiment, Finding } from "../../contract.js";

interface Settings {
  readonly temperatures: readonly number[];
  readonly steps: number;
  readonly directions: number;
}

interface Onset {
  readonly temperature: number;
  /** Median step at which the loss has doubled, over directions. */
  readonly step: number;
  /** The same over pi / Delta. */
  readonly ratio: number;
  readonly radius: number;
}

type Run = readonly Onset[];

const EXAMPLES = 256;

function runOnce(settings: Settings, seed: number): Run {
  const { train: data } = splitDigits(loadDigits(), seed);
  const probe = selectDigits(
    data,
    Int32Array.from({ length: EXAMPLES }, (_, i) => i),
  );
  const model = mlp({ widths: [64, 128, 10], activation: "relu" });
  const { parameters } = train({
    model,
    parameters: model.initialize(seed),
    ...data,
    batchSize: 64,
    steps: settings.steps,
    seed,
    direction: adamDirection(),
    learningRate: 1e-3,
  });
  const random = new SeededRandom(seed);
  const directions = Array.from({ length: settings.directions }, () => {
    const v = random.normals(parameters.length);
    const length = norm2(v);
    return v.map((x) => x / length);
  });
  const here = model.linearize(parameters, probe.features);
  const divided = (m: Float64Array, t: number) =>
    dense(
      EXAMPLES,
      10,
      m.map((x) => x / t),
    );
  return settings.temperatures.map((temperature) => {
    const loss = (unit: Float64Array, tau: number): number => {
      const moved = parameters.map((p, k) => p + tau * unit[k]!);
      return crossEntropy(
        divided(model.logits(moved, probe.features).data, temperature),
        probe.labels,
      );
    };
    const found = directions.map((unit) => {
      const slopes = divided(here.jvp(unit).data, temperature);
      const logits = divided(here.logits.data, temperature);
      const { radius } = batchRadius(logits, slopes, { mode: "spread" });
      return { radius, step: doublingStep((tau) => loss(unit, tau), radius) };
    });
    const middle = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;
    return {
      temperature,
      step: middle(found.map((f) => f.step)),
      ratio: middle(found.map((f) => f.step / f.radius)),
      radius: middle(found.map((f) => f.radius)),
    };
  });
}

/** Smallest step of a geometric grid at which the loss has doubled, refined by bisection. */
function doublingStep(loss: (tau: number) => number, scale: number): number {
  const start = loss(0);
  let high = scale / 16;
  while (loss(high) < 2 * start && high < scale * 1e6) high *= 1.5;
  let low = high / 1.5;
  for (let i = 0; i < 12; i++) {
    const middle = (low + high) / 2;
    if (loss(middle) < 2 * start) low = middle;
    else high = middle;
  }
  return high;
}

/** Standard deviation of the decimal logarithms. */
function logSpread(values: readonly number[]): number {
  const logs = values.map(Math.log10);
  const mean = logs.reduce((a, b) => a + b, 0) / logs.length;
  return Math.sqrt(logs.reduce((a, l) => a + (l - mean) ** 2, 0) / logs.length);
}

export const temperature: Experiment<Settings, Run> = {
  name: "temperature",
  paper: "[G] 2603.13552",
  title: "The fingerprint of temperature",
  method:
    "The logits of a trained MLP are divided by T. Accuracy does not see T, so the onset is where the loss along a random direction has doubled, as a step and as a multiple of pi / Delta. Spread: standard deviation of its decimal logarithm over T from 0.1 to 10. The definitions are ours; the paper's may be others.",
  claims: [
    { id: "scaling", says: "The radius is proportional to T", where: "theorem" },
    {
      id: "fingerprint",
      says: "In units of the radius the onsets at all temperatures fall together",
      where: "temperature fingerprint (figure not numbered in our notes)",
      value: "spread 0.992 raw, 0.164 normalised",
    },
  ],
  settings: {
    smoke: { temperatures: [0.1, 1, 10], steps: 60, directions: 2 },
    quick: { temperatures: [0.1, 0.2, 0.5, 1, 2, 5, 10], steps: 200, directions: 9 },
    full: { temperatures: [0.1, 0.2, 0.5, 1, 2, 5, 10], steps: 200, directions: 41 },
  },
  seeds: { smoke: [1], quick: [1, 2, 3], full: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] },
  run: (settings, seed) => Promise.resolve(runOnce(settings, seed)),
  compare(runs): Finding[] {
    const raw = runs.map((r) => logSpread(r.map((o) => o.step)));
    const normalised = runs.map((r) => logSpread(r.map((o) => o.ratio)));
    const error = runs.map((r) =>
      Math.max(
        ...r.map((o) =>
          Math.abs(o.radius / o.temperature / (r[0]!.radius / r[0]!.temperature) - 1),
        ),
      ),
    );
    const shrinks = normalised.every((n, i) => n < raw[i]!);
    const halves = normalised.every((n, i) => n < raw[i]! / 2);
    return [
      {
        claim: "scaling",
        quantity: "largest relative error of rho(T) = T rho(1)",
        values: error,
        format: "number",
        paper: "0",
        verdict: error.every((e) => e < 1e-9) ? "agrees" : "differs",
      },
      {
        claim: "fingerprint",
        quantity: "spread of the onset step over T",
        values: raw,
        format: "number",
        paper: "0.992",
        verdict: raw.every((s) => Math.abs(s - 0.992) < 0.2) ? "agrees" : "differs",
      },
      {
        claim: "fingerprint",
        quantity: "spread of the onset in units of the radius",
        values: normalised,
        format: "number",
        paper: "0.164",
        verdict: halves ? "agrees" : shrinks ? "partly" : "differs",
        ...(halves
          ? {}
          : {
              remark: shrinks
                ? "Dividing by the radius narrows the spread, by less than in the paper: at low T the loss starts from other values, and where it has doubled moves with them."
                : "Dividing by the radius does not narrow the spread of where the loss doubles: the loss at T = 10 starts near ln 10 and needs many radii to double, the one at T = 0.1 starts near 0.",
            }),
      },
    ];
  },
  plot(runs): Drawing[] {
    const run = runs[0]!;
    const x = run.map((o) => o.temperature);
    return [
      {
        title: "Onset against temperature",
        caption:
          "Step at which the loss has doubled (median over directions, seed 1), raw and in units of pi / Delta.",
        svg: responsiveLineChart({
          series: [
            { name: "step", color: 5, x, y: run.map((o) => o.step) },
            { name: "step over radius", color: 1, x, y: run.map((o) => o.ratio) },
          ],
          x: { label: "T", type: "log" },
          y: { label: "onset", type: "log" },
          alt: "Onset of loss doubling against temperature, raw and normalised",
        }),
      },
    ];
  },
};
