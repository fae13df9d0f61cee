import { signal, useSignalEffect } from "@preact/signals";
import { wrap } from "comlink";
import { useEffect } from "preact/hooks";
import { Handles } from "../../figures/handles.js";
import { seriesColor } from "../../figures/palette.js";
import { latest } from "../../latest.js";
import {
  Check,
  formatNumber,
  NumberInput,
  powerOfTen,
  Readout,
  Select,
  Slider,
} from "../../parts/controls.js";
import { CopyCode } from "../../parts/copy-code.js";
import { Explanation } from "../../parts/explanation.js";
import { Tex } from "../../parts/tex.js";
import { urlState } from "../../url/route.js";
import type { CollapseFrame, CollapseRun } from "./compute.js";
import {
  DenseFigure,
  LogitsFigure,
  LyapunovFigure,
  MeansFigure,
  StrengthsFigure,
} from "./figures.js";
import { collapseScript } from "./script.js";
import {
  collapseSchema,
  consistent,
  groupName,
  groupsOf,
  LARGEST_BARS,
  LARGEST_CLASS_COUNT,
  LARGEST_DENSE,
  TIME_COUNT,
} from "./state.js";
import type { CollapseWorker } from "./worker.js";

type Problem = ReturnType<typeof consistent>;

const { state: addressState, set } = urlState("collapse", collapseSchema);
const worker = wrap<CollapseWorker>(
  new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }),
);
// A worker of its own: the dense flow takes long enough to be in the way of scrubbing.
const denseWorker = wrap<CollapseWorker>(
  new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }),
);
const runs = latest((problem: Problem) => worker.run(problem));
const frames = latest((problem: Problem) => worker.frame(problem));
const comparisons = latest((problem: Problem) => denseWorker.denseComparison(problem));
const playing = signal(false);

/** What the trajectory depends on; the time looked at and the dense run are not part of it. */
const flowKey = ({ group, strengths, layers, loss, end }: Problem): string =>
  JSON.stringify([group, strengths.join(), layers, loss, end]);

export default function CollapseView() {
  const problem = consistent(addressState.value);
  const key = flowKey(problem);
  useEffect(() => runs.ask(problem), [key]);
  useEffect(() => frames.ask(problem), [key, problem.at]);
  const denseKey = JSON.stringify([problem.group, problem.scale, problem.seed]);
  const dense = problem.dense && problem.k <= LARGEST_DENSE;
  useEffect(() => {
    if (dense) comparisons.ask(problem);
  }, [dense, denseKey]);
  useSignalEffect(() => {
    if (!playing.value) return;
    const timer = setInterval(() => {
      const { at } = addressState.peek();
      if (at >= TIME_COUNT - 1) playing.value = false;
      else if (!frames.busy.peek()) set({ at: at + 1 });
    }, 60);
    return () => clearInterval(timer);
  });

  const run = runs.answer.value?.output;
  const frame = frames.answer.value?.output;
  const comparison = dense ? comparisons.answer.value?.output : undefined;
  const error = runs.error.value ?? frames.error.value ?? comparisons.error.value;
  return (
    <>
      <h2>Collapse</h2>
      <Explanation
        links={[
          {
            kind: "Theorem",
            text: "2.2 to 2.7: reduction, Lyapunov function, clock",
            file: "docs/theory.md",
            at: "## 2. Gradient flow",
          },
          {
            kind: "Invariant",
            text: "V falls along every balanced flow",
            file: "packages/ufm-dynamics/src/invariants/collapse.ts",
            at: "ufm-dynamics/lyapunov-falls",
          },
          {
            kind: "Code",
            text: "integrateSpectralFlow",
            file: "packages/ufm-dynamics/src/spectral-flow.ts",
            at: "export function integrateSpectralFlow",
          },
        ]}
      >
        From a start <Tex>{"W_2 W_1 = \\Phi\\,\\mathrm{diag}(s)\\,\\Phi^\\top"}</Tex> in the basis
        of the characters of a group, the softmax keeps that form, the singular vectors never move,
        and gradient flow is one equation a mode,{" "}
        <Tex>{"\\dot s_c = L\\, s_c^{2-2/L} (1 - \\hat p_c)"}</Tex>. For two layers{" "}
        <Tex>{"V = \\mathrm{KL}(\\text{uniform} \\,\\|\\, s / {\\textstyle\\sum} s)"}</Tex> falls to
        0 along every such flow with all <Tex>{"s_c > 0"}</Tex>: all modes become equal and the
        class means a regular simplex, which is neural collapse. It is slow, because <Tex>s</Tex>{" "}
        grows like <Tex>{"\\ln t"}</Tex> and deviations shrink like <Tex>{"e^{-s/k}"}</Tex>; look at
        V, not at the loss.
      </Explanation>
      <div class="workspace">
        <Controls problem={problem} />
        <div class="results">
          {error !== undefined && <p class="problem">{error}</p>}
          {run && frame && <Numbers run={run} frame={frame} problem={problem} />}
          {run && frame && (
            <>
              <StrengthsFigure run={run} exponent={frame.exponent} />
              <LyapunovFigure run={run} exponent={frame.exponent} />
              <MeansFigure frame={frame} k={problem.k} />
              <LogitsFigure frame={frame} />
            </>
          )}
          {comparison && (
            <div class="wide">
              <DenseFigure comparison={comparison} />
            </div>
          )}
          <CopyCode script={() => collapseScript(problem)} />
        </div>
      </div>
    </>
  );
}

function Controls({ problem }: { problem: Problem }) {
  const { k, group, layers, loss, strengths, seed, end, dense, scale } = problem;
  const top = Math.max(4, Math.ceil(Math.max(...strengths.subarray(0, LARGEST_BARS))));
  const drag = (c: number, value: number): void => {
    const spectrum = Array.from(strengths.subarray(1));
    const conjugate = groupNegation(group, c);
    spectrum[c - 1] = Number(value.toPrecision(3));
    spectrum[conjugate - 1] = spectrum[c - 1]!;
    set({ spectrum });
  };
  return (
    <section class="panel" aria-label="Controls">
      <h3>Problem</h3>
      <NumberInput
        label={`Classes k (2 to ${LARGEST_CLASS_COUNT})`}
        name="k"
        min={2}
        max={LARGEST_CLASS_COUNT}
        step={1}
        value={k}
        onChange={(value) => set({ k: value, group: [], spectrum: [] })}
      />
      <Select
        label="Group"
        name="group"
        value={group.join()}
        choices={groupsOf(k).map((g) => [g.join(), groupName(g)] as const)}
        onChange={(value) => set({ group: value.split(",").map(Number), spectrum: [] })}
      />
      <div class="pair">
        <Select
          label="Layers"
          name="layers"
          value={String(layers)}
          choices={["1", "2", "3", "4"].map((n) => [n, n] as const)}
          onChange={(value) => set({ layers: Number(value) })}
        />
        <Select
          label="Loss"
          name="loss"
          value={loss}
          choices={[
            ["cross-entropy", "cross-entropy"],
            ["squared", "squared"],
            ["squared-centred", "squared, centred"],
          ]}
          onChange={(value) => set({ loss: value })}
        />
      </div>
      <h3>Initial spectrum</h3>
      {k <= LARGEST_BARS ? (
        <>
          <Handles
            bars
            height={190}
            handles={Array.from({ length: k - 1 }, (_, i) => ({
              x: i + 1,
              y: strengths[i + 1]!,
              label: `Strength of mode ${i + 1}`,
              color: seriesColor(Math.min(i, groupNegation(group, i + 1) - 1)),
            }))}
            x={[0.5, k - 0.5]}
            y={[0, top]}
            xLabel="mode"
            yLabel="strength"
            onMove={(i, _x, value) => drag(i + 1, value)}
          />
          <p class="hint">
            Drag the bars. Conjugate modes move together, which keeps the matrices real.
          </p>
        </>
      ) : (
        <p class="hint">
          Strengths |N(0, 1)| + 0.02, drawn by the seed. Up to {LARGEST_BARS} classes have bars to
          drag.
        </p>
      )}
      <div class="row">
        <NumberInput
          label="Seed"
          name="seed"
          min={0}
          max={9999}
          step={1}
          value={seed}
          onChange={(value) => set({ seed: value, spectrum: [] })}
        />
        <button type="button" onClick={() => set({ seed: (seed + 1) % 10_000, spectrum: [] })}>
          New random start
        </button>
      </div>
      <h3>Time</h3>
      <TimeControl problem={problem} />
      <Slider
        label="Last time"
        name="end"
        min={1}
        max={300}
        step={1}
        value={end}
        text={powerOfTen(end)}
        onInput={(value) => set({ end: value })}
      />
      <h3>Dense simulation</h3>
      <Check
        label={`Compare with all matrices from a small random start (up to ${LARGEST_DENSE} classes)`}
        name="dense"
        value={dense}
        onChange={(value) => set({ dense: value })}
      />
      {dense && (
        <Slider
          label="Scale of the start"
          name="scale"
          min={-4}
          max={-0.5}
          step={0.1}
          value={scale}
          text={formatNumber(10 ** scale, 2)}
          onInput={(value) => set({ scale: value })}
        />
      )}
    </section>
  );
}

function TimeControl({ problem }: { problem: Problem }) {
  const frame = frames.answer.value?.output;
  return (
    <>
      <Slider
        label="Time t"
        name="at"
        min={0}
        max={TIME_COUNT - 1}
        step={1}
        value={problem.at}
        text={frame ? powerOfTen(frame.exponent) : ""}
        onInput={(value) => set({ at: value })}
      />
      <button
        type="button"
        data-action="play"
        onClick={() => {
          if (!playing.value && problem.at >= TIME_COUNT - 1) set({ at: 0 });
          playing.value = !playing.value;
        }}
      >
        {playing.value ? "Pause" : "Play"}
      </button>
    </>
  );
}

function Numbers({
  run,
  frame,
  problem,
}: {
  run: CollapseRun;
  frame: CollapseFrame;
  problem: Problem;
}) {
  const done = run.status === "completed";
  return (
    <section class="numbers" aria-label="Numbers">
      <p class="certificate" data-certified={String(done)}>
        <strong>{done ? "Integrated to the end" : `Stopped: ${run.status}`}</strong> by{" "}
        {run.evaluations} right-hand sides{run.stiff ? "; stiff at the end" : ""}.
        {problem.layers >= 3 &&
          " With three layers or more collapse is not global: many starts never reach it."}
      </p>
      <dl>
        <Readout name="exponent" label="log₁₀ t" value={frame.exponent} />
        <Readout name="lyapunov" label="V" value={frame.lyapunov} color="var(--series-0)" />
        <Readout name="loss" label="loss" value={frame.loss} color="var(--series-1)" />
        <Readout name="margin" label="margin" value={frame.margin} />
        <Readout name="ratio" label="largest : smallest" value={frame.ratio} />
        <Readout name="entropyShare" label="entropy / ln(k−1)" value={frame.entropyShare} />
        <Readout name="etfDistance" label="to the simplex" value={frame.etfDistance} />
        <Readout name="nc2Equinorm" label="NC2 norms" value={frame.nc2Equinorm} />
        <Readout name="nc2Angles" label="NC2 angles" value={frame.nc2Angles} />
        <Readout name="nc3" label="NC3 duality" value={frame.nc3} />
        <Readout name="nc4" label="NC4 disagreement" value={frame.nc4} />
      </dl>
      <span hidden data-value="evaluations" data-number={String(run.evaluations)} />
    </section>
  );
}

/** Index of the conjugate of a character. */
function groupNegation(group: readonly number[], c: number): number {
  let index = 0;
  let place = 1;
  let rest = c;
  for (const n of group.toReversed()) {
    index += place * ((n - (rest % n)) % n);
    rest = Math.floor(rest / n);
    place *= n;
  }
  return index;
}
