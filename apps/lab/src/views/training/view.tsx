import { useEffect, useMemo } from "preact/hooks";
import { RADIUS_COLORS } from "../../figures/palette.js";
import { NumberInput, Readout, Select } from "../../parts/controls.js";
import { CopyCode } from "../../parts/copy-code.js";
import { DigitImage } from "../../parts/digit-image.js";
import { Explanation } from "../../parts/explanation.js";
import { Tex } from "../../parts/tex.js";
import type { StepRow } from "./compute.js";
import { AccuracyFigure, LossFigure, type Runs, StepFigure } from "./figures.js";
import { trainingScript } from "./script.js";
import * as session from "./session.js";
import { type CapName, type DirectionName, USUAL_RATE } from "./state.js";

export default function TrainingView() {
  useEffect(session.resumeFromAddress, []);
  const { steps, spikeAt, spikeLength } = session.state.value;
  const rows = session.rows.value;
  const earlier = session.earlier.value;
  const runs: Runs = useMemo(
    () => ({ rows, earlier, steps, spikeAt, spikeLength }),
    [rows, earlier, steps, spikeAt, spikeLength],
  );
  const last = rows.at(-1);
  return (
    <>
      <h2>Training</h2>
      <Explanation
        links={[
          { kind: "Theorem", text: "3.5: controllers", file: "docs/theory.md", at: "3.5 " },
          {
            kind: "Invariant",
            text: "A capped step stays within r radii",
            file: "packages/taylor-radius/src/invariants/control.ts",
            at: "taylor-radius/capped-step-within-target",
          },
          {
            kind: "Code",
            text: "radiusCap",
            file: "packages/taylor-radius/src/radius-cap.ts",
            at: "export function radiusCap",
          },
          {
            kind: "Code",
            text: "train",
            file: "packages/training/src/train.ts",
            at: "export function train",
          },
        ]}
      >
        Any optimiser proposes an update <Tex>u</Tex>; the cap takes{" "}
        <Tex>{"\\min\\{1,\\ r\\rho / \\|u\\|\\}\\,u"}</Tex>, where <Tex>{"\\rho"}</Tex> is the
        smallest radius of the minibatch along <Tex>u</Tex> and costs one product with the Jacobian.
        A spike of the learning rate throws an uncapped run far beyond the radius, where the loss
        rises by orders of magnitude; the cap only shortens that one step.
      </Explanation>
      <div class="workspace">
        <Controls />
        <div class="results">
          <Status last={last} />
          <LossFigure runs={runs} />
          <StepFigure runs={runs} />
          <AccuracyFigure runs={runs} />
          <BottleneckCard last={last} />
          <CopyCode
            script={() => trainingScript(session.state.peek(), session.rows.peek().length)}
          />
        </div>
      </div>
    </>
  );
}

const CAP_CHOICES: readonly (readonly [CapName, string])[] = [
  ["none", "none"],
  ["clip", "length"],
  ["spread", "spread π/Δ"],
  ["dominance", "dominance"],
  ["proven", "proven"],
  ["exact", "exact"],
];

const DIRECTION_CHOICES: readonly (readonly [DirectionName, string])[] = [
  ["gradient", "SGD"],
  ["momentum", "momentum"],
  ["adam", "Adam"],
  ["fgn", "FGN"],
  ["ggn", "GGN"],
];

function Controls() {
  const state = session.state.value;
  const running = session.running.value;
  const count = session.rows.value.length;
  return (
    <section class="panel" aria-label="Controls">
      <div class="row">
        <button
          type="button"
          class="primary"
          data-action="run"
          disabled={!running && count >= state.steps}
          onClick={running ? session.pause : session.run}
        >
          {running ? "Pause" : count === 0 ? "Train" : "Go on"}
        </button>
        <button
          type="button"
          data-action="step"
          disabled={running || count >= state.steps}
          onClick={session.stepOnce}
        >
          One step
        </button>
        <button
          type="button"
          data-action="reset"
          disabled={count === 0}
          onClick={() => session.reset()}
        >
          Start over
        </button>
      </div>
      <button
        type="button"
        data-action="rewind"
        disabled={count <= state.spikeAt}
        onClick={() => session.rewind()}
      >
        Go back to before the spike
      </button>
      <h3>Limit of the step</h3>
      <div class="pair">
        <Select
          label="Cap"
          name="cap"
          value={state.cap}
          choices={CAP_CHOICES}
          onChange={(cap) => session.rewind({ cap })}
        />
        <NumberInput
          label={state.cap === "clip" ? "Length" : "r, in radii"}
          name="target"
          min={0.001}
          max={1000}
          value={state.target}
          onChange={(target) => session.rewind({ target })}
        />
      </div>
      <p class="hint">
        Another cap goes back to before the spike and goes on with the same minibatches; the old
        curve stays for comparison.
      </p>
      <h3>Run</h3>
      <div class="pair">
        <Select
          label="Model"
          name="model"
          value={state.model}
          choices={[
            ["mlp", "MLP 64-32-10"],
            ["head", "softmax head"],
          ]}
          onChange={(model) => session.reset({ model })}
        />
        <Select
          label="Optimiser"
          name="direction"
          value={state.direction}
          choices={DIRECTION_CHOICES}
          onChange={(direction) => session.reset({ direction, rate: USUAL_RATE[direction] })}
        />
        <NumberInput
          label="Learning rate"
          name="rate"
          min={1e-6}
          max={100}
          value={state.rate}
          onChange={(rate) => session.reset({ rate })}
        />
        <NumberInput
          label="Minibatch"
          name="batch"
          min={1}
          max={1437}
          step={1}
          value={state.batch}
          onChange={(batch) => session.reset({ batch })}
        />
        <NumberInput
          label="Steps"
          name="steps"
          min={1}
          max={2000}
          step={1}
          value={state.steps}
          onChange={(steps) => session.reset({ steps })}
        />
        <NumberInput
          label="Seed"
          name="seed"
          min={0}
          max={9999}
          step={1}
          value={state.seed}
          onChange={(seed) => session.reset({ seed })}
        />
      </div>
      <h3>Spike of the learning rate</h3>
      <div class="pair">
        <NumberInput
          label="Factor"
          name="spike"
          min={1}
          max={1e6}
          value={state.spike}
          onChange={(spike) => session.reset({ spike })}
        />
        <NumberInput
          label="At step"
          name="spikeAt"
          min={0}
          max={2000}
          step={1}
          value={state.spikeAt}
          onChange={(spikeAt) => session.reset({ spikeAt })}
        />
        <NumberInput
          label="For steps"
          name="spikeLength"
          min={0}
          max={2000}
          step={1}
          value={state.spikeLength}
          onChange={(spikeLength) => session.reset({ spikeLength })}
        />
      </div>
    </section>
  );
}

const STATUS_TEXT = {
  ready: "Ready",
  running: "Training",
  paused: "Paused",
  finished: "Finished",
  diverged: "Diverged",
} as const;

function Status({ last }: { last: StepRow | undefined }) {
  const status = session.status.value;
  const { cap, target, steps } = session.state.value;
  return (
    <section class="numbers" aria-label="Numbers">
      <p class="certificate" data-certified={String(status !== "diverged")} data-status={status}>
        <strong>{STATUS_TEXT[status]}</strong>, {session.rows.value.length} of {steps} steps, cap:{" "}
        {cap}
        {cap === "none" ? "" : ` ${target}`}. {session.reason.value}
      </p>
      <dl>
        <Readout name="step" label="steps taken" value={session.rows.value.length} />
        <Readout name="loss" label="loss" value={last?.loss} color="var(--series-0)" />
        <Readout
          name="testAccuracy"
          label="test accuracy"
          value={last?.testAccuracy}
          color="var(--series-3)"
        />
        <Readout
          name="proposed"
          label="step proposed"
          value={last?.proposed}
          color="var(--series-1)"
        />
        <Readout name="taken" label="step taken" value={last?.taken} color="var(--series-0)" />
        <Readout
          name="radius"
          label="radius π/Δ"
          value={last?.radius}
          color={RADIUS_COLORS.exact}
        />
      </dl>
    </section>
  );
}

function BottleneckCard({ last }: { last: StepRow | undefined }) {
  const sample = last?.bottleneck;
  return (
    <section class="numbers stack bottleneck" aria-label="Bottleneck sample">
      <h3>The bottleneck of the last step</h3>
      {sample === undefined ? (
        <p class="hint">
          The sample whose ghost is nearest along the step: shown once there is one.
        </p>
      ) : (
        <>
          <div class="row">
            <DigitImage pixels={sample.pixels} label={sample.label} size={112} />
            <dl>
              <Readout name="bottleneckRow" label="training sample" value={sample.row} />
              <Readout name="bottleneckLabel" label="labelled" value={sample.label} />
              <Readout
                name="bottleneckSpread"
                label="spread"
                value={sample.spread}
                color={RADIUS_COLORS.spread}
                digits={4}
              />
              <Readout
                name="bottleneckDominance"
                label="dominance"
                value={sample.dominance}
                color={RADIUS_COLORS.dominance}
                digits={4}
              />
              <Readout
                name="bottleneckProven"
                label="proven"
                value={sample.proven}
                color={RADIUS_COLORS.proven}
                digits={4}
              />
              <Readout
                name="bottleneckExact"
                label="exact"
                value={sample.exact}
                color={RADIUS_COLORS.exact}
                digits={4}
              />
            </dl>
          </div>
          <p class="hint">
            Of all samples in the minibatch it has the largest spread of slopes along the step. Its
            four radii, each a lower bound of the next.
          </p>
        </>
      )}
    </section>
  );
}
