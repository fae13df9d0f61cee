import { signal, useSignalEffect } from "@preact/signals";
import { wrap } from "comlink";
import { useState } from "preact/hooks";
import { Handles } from "../../figures/handles.js";
import { RADIUS_COLORS, seriesColor } from "../../figures/palette.js";
import { latest } from "../../latest.js";
import { formatNumber, NumberInput, Readout, Select, Slider } from "../../parts/controls.js";
import { CopyCode } from "../../parts/copy-code.js";
import { DigitImage } from "../../parts/digit-image.js";
import { Explanation } from "../../parts/explanation.js";
import { Tex } from "../../parts/tex.js";
import { urlState } from "../../url/route.js";
import type { GhostsAnswer } from "./compute.js";
import { ErrorFigure, LineFigure, PlaneFigure } from "./figures.js";
import type { DigitSample } from "./sample.js";
import { ghostsScript } from "./script.js";
import {
  consistent,
  type GhostsState,
  ghostsSchema,
  LARGEST_CLASS_COUNT,
  LARGEST_ORDER,
} from "./state.js";
import type { GhostsWorker } from "./worker.js";

const PLANE_SIDE = 97;
const { state: addressState, set } = urlState("ghosts", ghostsSchema);
const worker = wrap<GhostsWorker>(
  new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }),
);
const numbers = latest((state: GhostsState) => worker.ghostsAnswer(state));
const planes = latest(({ z, a, reach }: GhostsState & { reach: number }) =>
  worker.plane(z, a, reach, PLANE_SIDE),
);
const sampleShown = signal<DigitSample | undefined>(undefined);

async function loadSample(index: number): Promise<void> {
  const sample = await worker.sample(index);
  sampleShown.value = sample;
  set({ z: sample.z, a: sample.a, label: sample.label, sample: index });
}

/** Changes of single numbers: what is shown is then no longer the digit. */
function change(patch: Partial<GhostsState>): void {
  set({ ...patch, sample: -1 });
}

function replaced(list: readonly number[], index: number, value: number): number[] {
  const rounded = Number(value.toPrecision(4));
  return list.map((v, i) => (i === index ? rounded : v));
}

function rangeOf(values: readonly number[], least: number): [number, number] {
  const size = Math.max(least, ...values.map(Math.abs));
  const rounded = Math.ceil(1.15 * size);
  return [-rounded, rounded];
}

export default function GhostsView() {
  const state = consistent(addressState.value);
  useSignalEffect(() => numbers.ask(consistent(addressState.value)));
  useSignalEffect(() => {
    const answered = numbers.answer.value;
    if (answered) planes.ask({ ...answered.input, reach: answered.output.reach });
  });
  useSignalEffect(() => {
    const { sample } = addressState.value;
    if (sample >= 0 && sampleShown.peek() === undefined) {
      void worker.sample(sample).then((loaded) => {
        sampleShown.value = loaded;
      });
    }
  });
  const answer = numbers.answer.value?.output;
  const plane = planes.answer.value?.output;

  return (
    <>
      <h2>Ghosts</h2>
      <Explanation
        links={[
          {
            kind: "Theorem",
            text: "3.1 to 3.3: radius, bounds, certificate",
            file: "docs/theory.md",
            at: "## 3. Ghosts of softmax",
          },
          {
            kind: "Invariant",
            text: "No zero of F below the radius",
            file: "packages/taylor-radius/src/invariants/ghosts.ts",
            at: "taylor-radius/empty-inside-zero-on-the-circle",
          },
          {
            kind: "Code",
            text: "nearestGhost",
            file: "packages/taylor-radius/src/nearest-ghost.ts",
            at: "export function nearestGhost",
          },
        ]}
      >
        Along a direction the loss of one example is{" "}
        <Tex>{"\\ell(t) = -z_y - a_y t + \\log F(t)"}</Tex> with the partition function{" "}
        <Tex>{"F(t) = \\sum_k e^{z_k + a_k t}"}</Tex>. Its Taylor series stops converging at the
        nearest complex zero of F, a <em>ghost</em> at distance{" "}
        <Tex>{"\\rho^* = \\min\\{|t| : F(t) = 0\\}"}</Tex>, although nothing is to be seen on the
        real axis. No ghost lies in the strip{" "}
        <Tex>{"|\\operatorname{Im} t| < \\pi/\\Delta,\\ \\Delta = \\max_k a_k - \\min_k a_k"}</Tex>,
        which bounds <Tex>{"\\rho^*"}</Tex> from below; the sharper disks and the certificate are
        computed as you drag.
      </Explanation>
      <div class="workspace">
        <Controls state={state} />
        <div class="results">
          {numbers.error.value !== undefined && <p class="problem">{numbers.error.value}</p>}
          {answer && <Readouts answer={answer} />}
          {answer && plane && <PlaneFigure answer={answer} plane={plane} />}
          {answer && (
            <div class="stack">
              <LineFigure answer={answer} order={state.order} />
              <ErrorFigure answer={answer} order={state.order} />
            </div>
          )}
          <CopyCode script={() => ghostsScript(state)} />
        </div>
      </div>
    </>
  );
}

function Controls({ state }: { state: GhostsState }) {
  const { z, a, label, order, x, sample } = state;
  const [index, setIndex] = useState(Math.max(0, sample));
  const digit = sample >= 0 ? sampleShown.value : undefined;
  return (
    <section class="panel" aria-label="Controls">
      <h3>Logits and slopes</h3>
      <Handles
        handles={z.map((v, k) => ({ x: a[k]!, y: v, label: `Class ${k}`, color: seriesColor(k) }))}
        x={rangeOf(a, 3)}
        y={rangeOf(z, 3)}
        xLabel="slope a"
        yLabel="logit z"
        height={250}
        onMove={(k, slope, logit) => change({ z: replaced(z, k, logit), a: replaced(a, k, slope) })}
      />
      <p class="hint">Drag the classes, or focus one and use the arrow keys.</p>
      <details>
        <summary>Type the numbers</summary>
        <table class="entry">
          <thead>
            <tr>
              <th scope="col">class</th>
              <th scope="col">logit z</th>
              <th scope="col">slope a</th>
            </tr>
          </thead>
          <tbody>
            {z.map((v, k) => (
              <tr key={k}>
                <th scope="row">{k}</th>
                <td>
                  <NumberInput
                    hideLabel
                    label={`Logit of class ${k}`}
                    name={`z${k}`}
                    value={v}
                    onChange={(value) => change({ z: z.map((w, i) => (i === k ? value : w)) })}
                  />
                </td>
                <td>
                  <NumberInput
                    hideLabel
                    label={`Slope of class ${k}`}
                    name={`a${k}`}
                    value={a[k]!}
                    onChange={(value) => change({ a: a.map((w, i) => (i === k ? value : w)) })}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
      <Slider
        label="Classes"
        name="classes"
        min={2}
        max={LARGEST_CLASS_COUNT}
        step={1}
        value={z.length}
        onInput={(count) =>
          change({
            // New classes lie on a slow spiral, so that no two coincide.
            z: Array.from(
              { length: count },
              (_, k) => z[k] ?? Number((1.5 * Math.cos(2.4 * k)).toFixed(2)),
            ),
            a: Array.from(
              { length: count },
              (_, k) => a[k] ?? Number((2 * Math.sin(2.4 * k)).toFixed(2)),
            ),
            label: Math.min(label, count - 1),
          })
        }
      />
      <Select
        label="True class"
        name="label"
        value={String(label)}
        choices={z.map((_, k) => [String(k), `class ${k}`] as const)}
        onChange={(value) => change({ label: Number(value) })}
      />
      <Slider
        label="Order of the Taylor polynomial"
        name="order"
        min={0}
        max={LARGEST_ORDER}
        step={1}
        value={order}
        onInput={(value) => set({ order: value })}
      />
      <Slider
        label="Place t, in radii"
        name="x"
        min={-2}
        max={2}
        step={0.01}
        value={x}
        text={`${formatNumber(x)} ρ*`}
        onInput={(value) => set({ x: value })}
      />
      <h3>A real sample</h3>
      <p class="hint">
        A digit of the test set, in a softmax head trained here for 60 steps of Adam; the direction
        is its next step.
      </p>
      <div class="row">
        <NumberInput
          label="Digit (0 to 359)"
          name="digit"
          min={0}
          max={359}
          step={1}
          value={index}
          onChange={setIndex}
        />
        <button
          type="button"
          class="primary"
          data-action="load-sample"
          onClick={() => void loadSample(index)}
        >
          Load
        </button>
        {digit && <DigitImage pixels={digit.image} label={digit.label} />}
      </div>
    </section>
  );
}

function Readouts({ answer }: { answer: GhostsAnswer }) {
  const { spread, dominance, proven, nearest } = answer.numbers;
  const { line } = answer;
  return (
    <section class="numbers" aria-label="Numbers" aria-live="off">
      <p class="certificate" data-certified={String(nearest.certified)}>
        <strong>{nearest.certified ? "Certified" : `Not certified: ${nearest.reason}`}</strong>{" "}
        {nearest.upper === Infinity && nearest.certified ? (
          "F has no zero at all."
        ) : (
          <>
            {formatNumber(nearest.lower, 12)} ≤ ρ* ≤ {formatNumber(nearest.upper, 12)}, by{" "}
            {nearest.evaluations} evaluations of F.
          </>
        )}
      </p>
      <dl>
        <Readout name="spread" label="spread π/Δ" value={spread} color={RADIUS_COLORS.spread} />
        <Readout
          name="dominance"
          label="dominance"
          value={dominance}
          color={RADIUS_COLORS.dominance}
        />
        <Readout name="proven" label="proven" value={proven} color={RADIUS_COLORS.proven} />
        <Readout name="exact" label="exact ρ*" value={nearest.radius} color={RADIUS_COLORS.exact} />
        <Readout name="ghostRe" label="ghost, Re" value={nearest.zero?.re} />
        <Readout name="ghostIm" label="ghost, Im" value={nearest.zero?.im} />
        <Readout name="t" label="t" value={line.at} />
        <Readout name="loss" label="loss(t)" value={line.lossAt} />
        <Readout name="sum" label="polynomial at t" value={line.sumAt} />
        <Readout name="error" label="its error" value={Math.abs(line.sumAt - line.lossAt)} />
      </dl>
      <span hidden data-value="lower" data-number={String(nearest.lower)} />
      <span hidden data-value="upper" data-number={String(nearest.upper)} />
      <span hidden data-value="evaluations" data-number={String(nearest.evaluations)} />
    </section>
  );
}
