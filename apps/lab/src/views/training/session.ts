import { signal } from "@preact/signals";
import { wrap } from "comlink";
import { urlState } from "../../url/route.js";
import type { StepRow } from "./compute.js";
import { type CapName, runKey, type TrainingState, trainingSchema } from "./state.js";
import type { TrainingWorker } from "./worker.js";

// The run behind the view: it goes on while other views are looked at.
export const { state, set } = urlState("training", trainingSchema);

const worker = wrap<TrainingWorker>(
  new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }),
);

export const rows = signal<readonly StepRow[]>([]);
/** Runs that were taken back. */
export const earlier = signal<readonly (readonly StepRow[])[]>([]);
export const running = signal(false);
export const status = signal<"ready" | "running" | "paused" | "finished" | "diverged">("ready");
export const reason = signal("");

const EARLIER_KEPT = 4;

/** The run that the worker holds; undefined before the first. */
let held: string | undefined;
let queue: Promise<void> = Promise.resolve();

/** One after the other: a rewind never overtakes the slice of training before it. */
function enqueue(work: () => Promise<void>): Promise<void> {
  queue = queue.then(work).catch((error: unknown) => {
    running.value = false;
    status.value = "diverged";
    reason.value = error instanceof Error ? error.message : String(error);
  });
  return queue;
}

async function prepare(): Promise<void> {
  const key = runKey(state.peek());
  if (held === key) return;
  await worker.reset(state.peek());
  held = key;
  rows.value = [];
}

async function slice(end: number): Promise<void> {
  await prepare();
  const progress = await worker.advance(state.peek(), end);
  rows.value = [...rows.peek(), ...progress.rows];
  set({ at: rows.peek().length });
  if (progress.status === "diverged") {
    running.value = false;
    status.value = "diverged";
    reason.value = progress.reason;
  }
}

async function runTo(end: number): Promise<void> {
  running.value = true;
  status.value = "running";
  while (running.peek()) {
    await enqueue(() => slice(end));
    if (rows.peek().length >= end) break;
  }
  if (status.peek() === "running")
    status.value = rows.peek().length >= state.peek().steps ? "finished" : "paused";
  running.value = false;
}

export function run(): void {
  if (!running.peek()) void runTo(state.peek().steps);
}

export function pause(): void {
  running.value = false;
}

export function stepOnce(): void {
  if (!running.peek()) void runTo(Math.min(state.peek().steps, rows.peek().length + 1));
}

/** Back to the start, with other settings where they are given. */
export function reset(patch: Partial<TrainingState> = {}): void {
  running.value = false;
  void enqueue(async () => {
    set({ ...patch, at: 0, switchAt: 0 });
    held = undefined;
    rows.value = [];
    earlier.value = [];
    status.value = "ready";
    reason.value = "";
    await Promise.resolve();
  });
}

/** Back to before the spike; the curve so far stays, dashed. With another cap, the run goes on under that one. */
export function rewind(patch: { cap?: CapName; target?: number } = {}): void {
  running.value = false;
  void enqueue(async () => {
    const now = state.peek();
    if (rows.peek().length <= now.spikeAt) {
      // Nothing to compare with: the steps before the spike are run anew under the new cap.
      set({ ...patch, at: 0, switchAt: 0 });
      held = undefined;
      rows.value = [];
      status.value = "ready";
      return;
    }
    const target = await worker.rewind(now.spikeAt);
    earlier.value = [...earlier.peek(), rows.peek()].slice(-EARLIER_KEPT);
    rows.value = rows.peek().slice(0, target);
    const first = now.switchAt === 0;
    set({
      ...patch,
      at: target,
      switchAt: target,
      ...(first && { before: now.cap, beforeTarget: now.target }),
    });
    held = runKey(state.peek());
    status.value = "paused";
    reason.value = "";
  });
}

/** An address that says how far a run had gone is trained up to there. */
export function resumeFromAddress(): void {
  const { at, steps } = state.peek();
  if (held === undefined && at > 0) void runTo(Math.min(at, steps));
}
