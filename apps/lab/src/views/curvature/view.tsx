import { useSignalEffect } from "@preact/signals";
import { wrap } from "comlink";
import { useEffect } from "preact/hooks";
import { Handles } from "../../figures/handles.js";
import { seriesColor } from "../../figures/palette.js";
import { latest } from "../../latest.js";
import { formatNumber, Readout, Select, Slider } from "../../parts/controls.js";
import { CopyCode } from "../../parts/copy-code.js";
import { Explanation } from "../../parts/explanation.js";
import { Tex } from "../../parts/tex.js";
import { urlState } from "../../url/route.js";
import type { CurvatureAnswer } from "./compute.js";
import { EigenvaluesFigure, MatrixFigure, TrustFigure } from "./figures.js";
import { curvatureScript } from "./script.js";
import {
  type CurvatureState,
  consistent,
  curvatureSchema,
  LARGEST_CLASS_COUNT,
  withProbability,
} from "./state.js";
import type { CurvatureWorker } from "./worker.js";

const MAP_SIDE = 48;
const { state: addressState, set } = urlState("curvature", curvatureSchema);
const worker = wrap<CurvatureWorker>(
  new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }),
);
const answers = latest((state: CurvatureState) => worker.curvatureAnswer(state));
const maps = latest((classes: number) => worker.trustMap(classes, MAP_SIDE));

export default function CurvatureView() {
  const state = consistent(addressState.value);
  useSignalEffect(() => answers.ask(consistent(addressState.value)));
  useEffect(() => maps.ask(state.p.length), [state.p.length]);
  const answer = answers.answer.value?.output;
  const map = maps.answer.value?.output;
  const largest = answer ? answer.ggn.data.reduce((m, v) => Math.max(m, Math.abs(v)), 0) : 1;
  return (
    <>
      <h2>Curvature</h2>
      <Explanation
        links={[
          {
            kind: "Theorem",
            text: "4.1, 4.2 and 4.4: margin, exact split, trust",
            file: "docs/theory.md",
            at: "## 4. Fast Gauss-Newton",
          },
          {
            kind: "Invariant",
            text: "FGN plus within is the GGN",
            file: "packages/fgn/src/invariants/curvature.ts",
            at: "fgn/split-is-exact",
          },
          {
            kind: "Code",
            text: "fgnOperator, withinOperator, ggnOperator",
            file: "packages/fgn/src/operators.ts",
            at: "export function fgnOperator",
          },
        ]}
      >
        In the logits of one example the generalised Gauss-Newton matrix is{" "}
        <Tex>{"Q = \\operatorname{diag}(p) - pp^\\top"}</Tex>, and with the competitors{" "}
        <Tex>{"q_j = p_j / (1 - p_y)"}</Tex> it splits exactly:{" "}
        <Tex>{"Q = p_y(1-p_y)(e_y - q)(e_y - q)^\\top"}</Tex>{" "}
        <Tex>{"+\\ (1 - p_y)(\\operatorname{diag}(q) - qq^\\top)"}</Tex>. Fast Gauss-Newton keeps
        the first term, of rank one, and drops the second, which lives among the competitors. It can
        be trusted where one competitor has nearly all of the mass, so that the dropped share of the
        trace is small.
      </Explanation>
      <div class="workspace">
        <Controls state={state} />
        <div class="results">
          {answers.error.value !== undefined && <p class="problem">{answers.error.value}</p>}
          {answer && <Numbers answer={answer} />}
          {answer && (
            <div class="wide triple">
              <MatrixFigure
                name="ggn"
                title="Full GGN"
                matrix={answer.ggn}
                largest={largest}
                caption="diag(p) − p pᵀ"
              />
              <MatrixFigure
                name="fgn"
                title="= FGN"
                matrix={answer.fgn}
                largest={largest}
                caption="rank one: true class against the rest"
              />
              <MatrixFigure
                name="within"
                title="+ within competitors"
                matrix={answer.within}
                largest={largest}
                caption="what FGN drops; zero in the row of the true class"
              />
            </div>
          )}
          {answer && map && <TrustFigure map={map} answer={answer} />}
          {answer && <EigenvaluesFigure answer={answer} />}
          <CopyCode script={() => curvatureScript(state)} />
        </div>
      </div>
    </>
  );
}

function Controls({ state }: { state: CurvatureState }) {
  const { p, label } = state;
  return (
    <section class="panel" aria-label="Controls">
      <h3>Probabilities</h3>
      <Handles
        bars
        handles={p.map((v, k) => ({
          x: k,
          y: v,
          label: `Probability of class ${k}`,
          color: seriesColor(k),
        }))}
        x={[-0.5, p.length - 0.5]}
        y={[0, 1]}
        xLabel="class"
        yLabel="p"
        onMove={(k, _x, value) => set({ p: withProbability(p, k, value), label })}
      />
      <p class="hint">Drag a bar, or focus it and use the arrow keys; the others make room.</p>
      <Select
        label="True class"
        name="label"
        value={String(label)}
        choices={p.map((_, k) => [String(k), `class ${k}`] as const)}
        onChange={(value) => set({ label: Number(value) })}
      />
      <Slider
        label="Classes"
        name="classes"
        min={2}
        max={LARGEST_CLASS_COUNT}
        step={1}
        value={p.length}
        onInput={(count) => {
          const next = Array.from({ length: count }, (_, k) => p[k] ?? 0.5 / count);
          set({ p: next, label: Math.min(label, count - 1) });
        }}
      />
      <h3>Starting points</h3>
      <div class="row">
        <button
          type="button"
          onClick={() => set({ p: p.map((_, k) => (k === label ? 0.5 : 0.5 / (p.length - 1))) })}
        >
          Diffuse competitors
        </button>
        <button
          type="button"
          onClick={() => {
            const rival = label === 0 ? 1 : 0;
            set({
              p: p.map((_, k) =>
                k === label ? 0.55 : k === rival ? 0.44 : 0.01 / Math.max(1, p.length - 2),
              ),
            });
          }}
        >
          One rival
        </button>
      </div>
    </section>
  );
}

function Numbers({ answer }: { answer: CurvatureAnswer }) {
  return (
    <section class="numbers" aria-label="Numbers">
      <p class="certificate" data-certified="true">
        <strong>The split is exact</strong>: the largest entry of GGN − FGN − within is{" "}
        {formatNumber(answer.residual, 2)}, rounding.
      </p>
      <dl>
        <Readout name="margin" label="margin" value={answer.margin} />
        <Readout
          name="probability"
          label={
            <>
              p<sub>y</sub>
            </>
          }
          value={answer.probability}
        />
        <Readout name="strongestCompetitor" label="max q" value={answer.strongestCompetitor} />
        <Readout name="ggnTrace" label="trace of GGN" value={answer.ggnTrace} />
        <Readout
          name="fgnTrace"
          label="trace of FGN"
          value={answer.fgnTrace}
          color="var(--series-0)"
        />
        <Readout
          name="droppedShare"
          label="dropped share"
          value={answer.droppedShare}
          color="var(--series-1)"
        />
      </dl>
      <span hidden data-value="residual" data-number={String(answer.residual)} />
    </section>
  );
}
