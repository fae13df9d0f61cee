import { signal } from "@preact/signals";
import { proxy, type Remote, wrap } from "comlink";
import { useEffect, useId } from "preact/hooks";
import { NumberInput, Readout, Select } from "../../parts/controls.js";
import { CopyCode } from "../../parts/copy-code.js";
import { Explanation } from "../../parts/explanation.js";
import { Tex } from "../../parts/tex.js";
import { urlState } from "../../url/route.js";
import type { Outcome, OwnOutcome, Statement } from "./compute.js";
import { OverviewFigure } from "./figures.js";
import { invariantsScript } from "./script.js";
import { EXAMPLES, invariantsSchema, PACKAGES } from "./state.js";
import type { InvariantsWorker } from "./worker.js";

const { state, set } = urlState("invariants", invariantsSchema);

function startWorker(): { readonly remote: Remote<InvariantsWorker>; terminate(): void } {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  return { remote: wrap<InvariantsWorker>(worker), terminate: () => worker.terminate() };
}

// The suites are the largest part of the site: they are fetched when somebody wants to see or run them.
const wanted = signal(false);
let suiteWorker: Remote<InvariantsWorker> | undefined;
function suites(): Remote<InvariantsWorker> {
  suiteWorker ??= startWorker().remote;
  wanted.value = true;
  return suiteWorker;
}

const listed = signal<readonly Statement[]>([]);
const outcomes = signal<ReadonlyMap<string, Outcome>>(new Map());
const running = signal(false);
const current = signal("");
const own = signal<readonly OwnOutcome[]>([]);
const ownStatus = signal<"idle" | "checking" | "done">("idle");
const ownProblem = signal("");

/** A list of 200 rows is drawn anew at most this often. */
const SHOW_EVERY = 150;

async function runAll(): Promise<void> {
  if (running.peek()) return;
  running.value = true;
  outcomes.value = new Map();
  let next = new Map<string, Outcome>();
  let shown = 0;
  let over = false;
  const show = (): void => {
    shown = performance.now();
    outcomes.value = next;
    next = new Map(next);
  };
  const ends = await suites().run(
    state.peek(),
    proxy((outcome: Outcome) => {
      if (over) return;
      next.set(outcome.id, outcome);
      if (performance.now() - shown < SHOW_EVERY) return;
      current.value = outcome.id;
      show();
    }),
  );
  // Reports come through a port of their own: the last may still be on its way, and would put the clock back.
  over = true;
  for (const end of ends) next.set(end.id, end);
  show();
  current.value = "";
  running.value = false;
}

function start(): void {
  set({ started: true });
  void runAll();
}

/** Somebody's code may never end: it has a worker of its own, and so much time. */
const PATIENCE = 20_000;

async function checkCode(): Promise<void> {
  if (ownStatus.peek() === "checking") return;
  set({ checked: true });
  ownStatus.value = "checking";
  ownProblem.value = "";
  const worker = startWorker();
  const late = new Promise<never>((_, reject) => {
    setTimeout(
      () => reject(new Error(`no answer within ${PATIENCE / 1000} s: does it end?`)),
      PATIENCE,
    );
  });
  try {
    const { code, seed } = state.peek();
    own.value = await Promise.race([worker.remote.checkOwn(code, 200, seed), late]);
  } catch (error) {
    own.value = [];
    ownProblem.value = error instanceof Error ? error.message : String(error);
  }
  worker.terminate();
  ownStatus.value = "done";
}

function useStart(): void {
  const { package: name, text } = state.value;
  useEffect(() => {
    if (!wanted.value) return;
    let here = true;
    void suites()
      .statements({ package: name, text })
      .then((list) => {
        if (here) listed.value = list;
      });
    return () => {
      here = false;
    };
  }, [name, text, wanted.value]);
  useEffect(() => {
    const { started, checked } = state.peek();
    if (started && outcomes.peek().size === 0) void runAll();
    if (checked && ownStatus.peek() === "idle") void checkCode();
  }, []);
}

export default function InvariantsView() {
  useStart();
  const statements = listed.value;
  return (
    <>
      <h2>Invariants</h2>
      <Explanation
        links={[
          {
            kind: "Theorem",
            text: "What the packages compute, and why it is true",
            file: "docs/theory.md",
            at: "# Theory",
          },
          {
            kind: "Invariant",
            text: "The statements about a softmax",
            file: "packages/softmax-spectral/src/invariants/softmax.ts",
            at: "softmax-spectral/distribution",
          },
          {
            kind: "Code",
            text: "check",
            file: "packages/invariants/src/check.ts",
            at: "export function check",
          },
        ]}
      >
        Every package states what must always hold as code which measures an{" "}
        <Tex>{"\\text{error}"}</Tex> on random cases, drawn to be nasty, against a{" "}
        <Tex>{"\\text{tolerance} = c\\,n\\,u\\,\\kappa"}</Tex>: roundoff <Tex>{"u = 2^{-53}"}</Tex>{" "}
        times a count of terms and a condition number, derived and never tuned. Here all of them run
        in your browser, on its own exponential. Paste a softmax of your own below, and the same
        statements are held against it: a case that fails shrinks to the smallest one that still
        does.
      </Explanation>
      <div class="workspace">
        <div class="stack">
          <Controls />
          <OwnCode />
        </div>
        <div class="results">
          <Summary statements={statements} />
          {ownStatus.value !== "idle" && <OwnResult />}
          {statements.length > 0 && (
            <div class="wide">
              <OverviewFigure statements={statements} outcomes={outcomes.value} />
            </div>
          )}
          <CopyCode script={() => invariantsScript(state.peek())} />
          {statements.length > 0 && <StatementList statements={statements} />}
        </div>
      </div>
    </>
  );
}

function Controls() {
  const { package: name, text, runs, seed } = state.value;
  const id = useId();
  const changed = { started: false };
  return (
    <section class="panel" aria-label="Controls">
      <div class="row">
        <button
          type="button"
          class="primary"
          data-action="run"
          onClick={() => (running.value ? void suites().stop() : start())}
        >
          {running.value ? "Stop" : "Run the suites"}
        </button>
        {!wanted.value && (
          <button type="button" data-action="list" onClick={() => void suites()}>
            List the statements
          </button>
        )}
      </div>
      <Select
        label="Package"
        name="package"
        value={name}
        choices={PACKAGES.map((p) => [p, p] as const)}
        onChange={(value) => {
          suites();
          set({ package: value, ...changed });
        }}
      />
      <div class="control">
        <label for={id}>Statement or id contains</label>
        <input
          id={id}
          name="text"
          type="search"
          value={text}
          onInput={(event) => set({ text: event.currentTarget.value, ...changed })}
        />
      </div>
      <div class="pair">
        <NumberInput
          label="Cases of each"
          name="runs"
          min={1}
          max={10_000}
          step={1}
          value={runs}
          onChange={(value) => set({ runs: value, ...changed })}
        />
        <NumberInput
          label="Seed"
          name="seed"
          min={0}
          max={0x7fffffff}
          step={1}
          value={seed}
          onChange={(value) => set({ seed: value, ...changed })}
        />
      </div>
    </section>
  );
}

function OwnCode() {
  const id = useId();
  return (
    <section class="panel" aria-label="Your own softmax">
      <h3>Your own softmax</h3>
      <div class="control">
        <label for={id}>A function of a Float64Array of logits</label>
        <textarea
          id={id}
          name="code"
          rows={9}
          spellcheck={false}
          value={state.value.code}
          onInput={(event) => set({ code: event.currentTarget.value, checked: false })}
        />
      </div>
      <div class="row">
        <button
          type="button"
          class="primary"
          data-action="check"
          disabled={ownStatus.value === "checking"}
          onClick={() => void checkCode()}
        >
          {ownStatus.value === "checking" ? "Checking…" : "Check it"}
        </button>
      </div>
      <Select
        label="Begin with"
        name="example"
        value={EXAMPLES.find(([, code]) => code === state.value.code)?.[0] ?? "yours"}
        choices={[
          ...EXAMPLES.map(([name]) => [name, name] as const),
          ["yours", "what is typed"] as const,
        ]}
        onChange={(name) => {
          const code = EXAMPLES.find(([other]) => other === name)?.[1];
          if (code !== undefined) set({ code, checked: false });
        }}
      />
    </section>
  );
}

function Summary({ statements }: { statements: readonly Statement[] }) {
  const done = [...outcomes.value.values()];
  const failed = done.filter(
    (o) => o.status === "fails" || o.status === "too-many-discards",
  ).length;
  const finished = done.length > 0 && !running.value;
  return (
    <section class="numbers" aria-label="Numbers">
      <p class="certificate" data-certified={String(failed === 0)} data-finished={String(finished)}>
        <strong>
          {running.value
            ? "Running"
            : !finished
              ? "Ready"
              : failed === 0
                ? "All hold"
                : `${failed} do not hold`}
        </strong>{" "}
        {current.value}
      </p>
      <dl>
        <Readout name="statements" label="statements" value={statements.length} />
        <Readout name="held" label="held" value={done.filter((o) => o.status === "holds").length} />
        <Readout name="failed" label="failed" value={failed} />
        <Readout
          name="cases"
          label="cases"
          value={done.reduce((n, o) => n + o.cases, 0)}
          digits={9}
        />
      </dl>
    </section>
  );
}

const STATUS_WORD = {
  running: "runs",
  holds: "holds",
  fails: "fails",
  interrupted: "part",
  "too-many-discards": "no cases",
} as const;

function Bar({ ratio, failed }: { ratio: number; failed: boolean }) {
  return (
    <span class="ratio">
      <span class="ratio-bar" aria-hidden="true">
        <span class={failed ? "bad" : ""} style={{ width: `${100 * Math.min(1, ratio)}%` }} />
      </span>
      <span>{ratio === Infinity ? "∞" : ratio.toPrecision(2)}</span>
    </span>
  );
}

function StatementList({ statements }: { statements: readonly Statement[] }) {
  const results = outcomes.value;
  return (
    <section class="numbers wide" aria-label="Statements">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls */}
      <div class="scroll" tabIndex={0} role="region" aria-label="All statements">
        <table class="statements">
          <thead>
            <tr>
              <th scope="col">statement</th>
              <th scope="col">status</th>
              <th scope="col">cases</th>
              <th scope="col">worst error / tolerance</th>
            </tr>
          </thead>
          <tbody>
            {statements.map((s) => {
              const outcome = results.get(s.id);
              return (
                <tr key={s.id} class={outcome?.status}>
                  <td>
                    <code>{s.id}</code>
                    <br />
                    {s.statement} <span class="hint">{s.source}</span>
                    {outcome !== undefined && outcome.problem !== "" && (
                      <p class="problem">{outcome.problem}</p>
                    )}
                  </td>
                  <td>{outcome ? STATUS_WORD[outcome.status] : ""}</td>
                  <td>{outcome?.cases}</td>
                  <td>
                    {outcome && (
                      <Bar ratio={outcome.worstRatio} failed={outcome.status === "fails"} />
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const SHRINKS_SHOWN = 6;

function OwnResult() {
  const results = own.value;
  const failed = results.filter((r) => r.status === "fails");
  return (
    <section
      class="numbers"
      aria-label="Your softmax"
      aria-live="polite"
      data-own={ownStatus.value}
    >
      {ownProblem.value !== "" && <p class="problem">{ownProblem.value}</p>}
      {results.length > 0 && (
        <p class="certificate" data-certified={String(failed.length === 0)}>
          <strong>{failed.length === 0 ? "Your softmax passes" : "Your softmax fails"}</strong>{" "}
          {failed.length === 0
            ? `all ${results.length} statements, on 200 cases each.`
            : `${failed.length} of ${results.length} statements.`}
        </p>
      )}
      {results.map((r) => (
        <div key={r.id} class="own" data-own-id={r.id} data-own-status={r.status}>
          <div class="own-head">
            <span class={r.status === "holds" ? "good" : "bad"}>{STATUS_WORD[r.status]}</span>
            <span>{r.statement}</span>
            <Bar ratio={r.worstRatio} failed={r.status === "fails"} />
          </div>
          {r.shrinks.length > 0 && (
            <details class="shrinks" open={r === failed[0]}>
              <summary>
                shrunk in {r.shrinks.length} cases to{" "}
                <code>{shortened(r.shrinks.at(-1)!.case, 60)}</code>
              </summary>
              <ol>
                {shownShrinks(r.shrinks).map((shrink, i, list) => (
                  <li key={shrink.case}>
                    <code>{shortened(shrink.case, 160)}</code>
                    <span class="hint">
                      {i === list.length - 1 ? `smallest of ${r.shrinks.length}: ` : ""}
                      {shrink.measured}
                    </span>
                  </li>
                ))}
              </ol>
            </details>
          )}
        </div>
      ))}
    </section>
  );
}

/** As people would write it: fast-check marks objects without a prototype. */
function shortened(testCase: string, length: number): string {
  const text = testCase.replaceAll("__proto__:null,", "");
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

/** The first, the last, and some between, evenly. */
function shownShrinks<T>(shrinks: readonly T[]): T[] {
  const count = Math.min(SHRINKS_SHOWN, shrinks.length);
  return Array.from(
    { length: count },
    (_, i) => shrinks[count === 1 ? 0 : Math.round((i * (shrinks.length - 1)) / (count - 1))]!,
  );
}
