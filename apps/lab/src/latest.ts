import { type ReadonlySignal, signal } from "@preact/signals";

/** What came of the newest input that has been answered. */
export interface Answer<I, O> {
  readonly input: I;
  readonly output: O;
}

export interface Latest<I, O> {
  readonly answer: ReadonlySignal<Answer<I, O> | undefined>;
  readonly error: ReadonlySignal<string | undefined>;
  readonly busy: ReadonlySignal<boolean>;
  ask(input: I): void;
}

/**
 * Asks for one answer at a time. Inputs that arrive meanwhile replace each other, so that a dragged
 * handle never queues up work: the last position is always answered, the others only as time allows.
 */
export function latest<I, O>(work: (input: I) => Promise<O>): Latest<I, O> {
  const answer = signal<Answer<I, O> | undefined>(undefined);
  const error = signal<string | undefined>(undefined);
  const busy = signal(false);
  let waiting: { readonly input: I } | undefined;
  const run = async (): Promise<void> => {
    busy.value = true;
    while (waiting !== undefined) {
      const { input } = waiting;
      waiting = undefined;
      try {
        const output = await work(input);
        answer.value = { input, output };
        error.value = undefined;
      } catch (thrown) {
        error.value = thrown instanceof Error ? thrown.message : String(thrown);
      }
    }
    busy.value = false;
  };
  return {
    answer,
    error,
    busy,
    ask(input) {
      waiting = { input };
      if (!busy.peek()) void run();
    },
  };
}
