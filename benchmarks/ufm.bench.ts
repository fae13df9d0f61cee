import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { dense, multiply, walshHadamard } from "@xent/linalg";
import { softmax } from "@xent/softmax-spectral";
import {
  denseVectorField,
  type ExplicitMethod,
  integrate,
  integrateSpectralFlow,
  type SpectralFlowResult,
  spectralLayers,
  spectralVectorField,
} from "@xent/ufm-dynamics";
import { Solver } from "odex";
import type { BenchCase } from "./bench-case.js";
import { normals, positiveStrengths, requireClose } from "./random-data.js";

const xor = (m: number): number[] => new Array<number>(m).fill(2);

function fieldOf(m: number, clock = true) {
  const field = spectralVectorField(
    { group: xor(m), strengths: positiveStrengths(2 ** m) },
    { clock },
  );
  const y = field.initial();
  const out = new Float64Array(field.dimension);
  return { field, y, out, run: () => field.derivative(0, y, out) };
}

/** A right-hand side beside what it cannot do without: two transforms and one softmax. */
export function spectralRightHandSideCases(): BenchCase[] {
  return [10, 12, 14, 16, 18, 20].flatMap((m): BenchCase[] => {
    const size = 2 ** m;
    const logits = normals(size);
    const probabilities = new Float64Array(size);
    const { run } = fieldOf(m);
    const natural = fieldOf(m, false);
    const group = "spectral right-hand side";
    return [
      {
        group,
        name: "two transforms, one softmax",
        size,
        run() {
          walshHadamard(logits, 2 ** (-m / 2));
          softmax(logits, probabilities);
          walshHadamard(probabilities);
        },
      },
      { group, name: "in the clock", size, run },
      {
        group,
        name: "in natural time",
        size,
        run: natural.run,
        check() {
          run();
          natural.run();
          // The same direction: y' = (1 - p_0) dy / d sigma, k eps apart.
          const clock = fieldOf(m);
          clock.run();
          const rate = natural.out[1]! / clock.out[1]!;
          requireClose(
            natural.out.subarray(1),
            clock.out.subarray(1).map((v) => v * rate),
            4 * m * 2 ** -52,
          );
        },
      },
    ];
  });
}

/** As many right-hand sides of each size as have the same k log2 k in all: a ratio of 1 is growth as k log k. */
export function spectralGrowthCases(): BenchCase[] {
  return [10, 12, 14, 16, 18, 20].map((m): BenchCase => {
    const { run } = fieldOf(m);
    const repeats = Math.round((20 * 2 ** 20) / (m * 2 ** m));
    return {
      group: "right-hand sides, equal k log k",
      name: `2^${m} classes, ${repeats} times`,
      size: 2 ** 20,
      run() {
        for (let i = 0; i < repeats; i++) run();
      },
    };
  });
}

/** The gradient flow of all matrices beside its spectral form. */
export function denseAndSpectralCases(): BenchCase[] {
  return [6, 8, 10].flatMap((m): BenchCase[] => {
    const size = 2 ** m;
    const problem = { group: xor(m), strengths: positiveStrengths(size) };
    const { field, y, out, run } = fieldOf(m, false);
    const layers = spectralLayers(problem, size, 1);
    const all = denseVectorField({ layers });
    const parameters = all.initial();
    const slopes = new Float64Array(all.dimension);
    const runDense = () => all.derivative(0, parameters, slopes);
    const group = "right-hand side, two layers";
    return [
      { group, name: "spectral", size, run },
      {
        group,
        name: "dense",
        size,
        run: runDense,
        check() {
          run();
          runDense();
          const first = dense(size, size, slopes.subarray(0, size * size));
          const second = dense(size, size, slopes.subarray(size * size));
          const a = multiply(second, layers[0]!).data;
          const b = multiply(layers[1]!, first).data;
          // The first column of (W2 W1)' is the symbol of the spectrum s' = 2 s y'.
          const rates = Float64Array.from({ length: size }, (_, i) => a[i * size]! + b[i * size]!);
          walshHadamard(rates);
          rates[0] = 0;
          const { logitSpectrum } = field.state(0, y);
          const expected = out.map((v, c) => 2 * v * logitSpectrum[c]!);
          requireClose(rates, expected, 8 * size * 2 ** -52);
        },
      },
    ];
  });
}

function requireCheap(flow: SpectralFlowResult): string {
  const { status, evaluations, states } = flow;
  if (status !== "completed" || !(evaluations <= 2000))
    throw new Error(`${status}, ${evaluations}`);
  return `${evaluations} right-hand sides, V = ${states[0]!.lyapunov!.toPrecision(4)}`;
}

/** Flows to t = 1e8 at a relative tolerance of 1e-9; the largest in a process of its own, whose memory is limited. */
export function spectralFlowCases(): BenchCase[] {
  const group = "spectral flow to t = 1e8";
  const flows = [4, 10, 16].map((m): BenchCase => {
    const problem = { group: xor(m), strengths: positiveStrengths(2 ** m), times: [1e8] };
    const run = () => integrateSpectralFlow(problem);
    return { group, name: "xent", size: 2 ** m, run, note: () => requireCheap(run()) };
  });
  const apart = () => {
    const script = fileURLToPath(new URL("./ufm-flow.js", import.meta.url));
    return JSON.parse(
      execFileSync(process.execPath, [script, "20"], { encoding: "utf8" }),
    ) as Record<
      "evaluations" | "seconds" | "startMegabytes" | "peakMegabytes" | "lyapunov",
      number
    > & { readonly status: string };
  };
  return [
    ...flows,
    {
      group,
      name: "xent, process of its own",
      size: 2 ** 20,
      once: true,
      run() {
        const seen = apart();
        if (seen.status !== "completed" || seen.peakMegabytes > 200) {
          throw new Error(`${seen.status}, ${seen.peakMegabytes} MB, at most 200`);
        }
        return (
          `${seen.evaluations} right-hand sides, V = ${seen.lyapunov.toPrecision(4)}, ${seen.seconds.toFixed(1)} s of processor time, ` +
          `${seen.peakMegabytes.toFixed(0)} MB resident (${seen.startMegabytes.toFixed(0)} MB before)`
        );
      },
    },
  ];
}

/** The field in natural time to t = 100 at 1e-9, by our two pairs and by the extrapolation of odex. */
export function integratorCases(): BenchCase[] {
  return [4, 8].flatMap((m): BenchCase[] => {
    const { field } = fieldOf(m, false);
    const k = field.dimension;
    const group = "flow to t = 100, natural time";
    const ours = (method: ExplicitMethod) =>
      integrate(field, field.initial(), {
        times: [100],
        method,
        relativeTolerance: 1e-9,
        absoluteTolerance: 1e-9,
      });
    const out = new Float64Array(k);
    const theirs = () => {
      const solver = new Solver(k);
      solver.absoluteTolerance = 1e-9;
      solver.relativeTolerance = 1e-9;
      return solver.solve(
        (t, y) => {
          field.derivative(t, Float64Array.from(y), out);
          return [...out];
        },
        0,
        [...field.initial()],
        100,
      );
    };
    return [
      ...(["dop853", "dopri5"] as const).map(
        (method): BenchCase => ({
          group,
          name: `xent ${method}`,
          size: k,
          run: () => ours(method),
          note: () => `${ours(method).evaluations} right-hand sides`,
        }),
      ),
      {
        group,
        name: "odex",
        size: k,
        run: theirs,
        // 1e-9 a step on both sides, some hundred steps.
        check: () => requireClose(ours("dop853").states[0]!, theirs().y, 1e-7),
        note: () => `${theirs().nEval} right-hand sides`,
      },
    ];
  });
}
