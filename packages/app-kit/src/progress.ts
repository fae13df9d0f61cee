import { Presets, SingleBar } from "cli-progress";

/** Tells a waiting person how far the work is. All of it goes to stderr. */
export interface Progress {
  /** Begins a stage of `total` units; ends the one before. */
  stage(label: string, total: number): void;
  /** `count` more units of the current stage are done. */
  advance(count?: number): void;
  /** A line of its own, e.g. what a stage found. */
  note(text: string): void;
  /** Ends the last stage; has to be called, also on failure, or the terminal keeps a hidden cursor. */
  finish(): void;
}

const SILENT: Progress = {
  stage: () => undefined,
  advance: () => undefined,
  note: () => undefined,
  finish: () => undefined,
};

class BarProgress implements Progress {
  readonly #bar: SingleBar;
  readonly #stream: NodeJS.WriteStream;
  #running = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#bar = new SingleBar(
      {
        format: "{bar} {percentage}% {label}",
        stream,
        barsize: 30,
        hideCursor: true,
        clearOnComplete: true,
      },
      Presets.shades_classic,
    );
  }

  stage(label: string, total: number): void {
    this.finish();
    this.#bar.start(total, 0, { label });
    this.#running = true;
  }

  advance(count = 1): void {
    this.#bar.increment(count);
  }

  note(text: string): void {
    this.finish();
    this.#stream.write(`${text}\n`);
  }

  finish(): void {
    if (this.#running) this.#bar.stop();
    this.#running = false;
  }
}

/** Where no terminal listens (CI, a file): one line a stage. */
class LineProgress implements Progress {
  readonly #stream: NodeJS.WritableStream;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
  }

  stage(label: string): void {
    this.#stream.write(`${label}\n`);
  }

  advance(): void {
    // Lines cannot be taken back, so that only whole stages are told.
  }

  note(text: string): void {
    this.#stream.write(`${text}\n`);
  }

  finish(): void {
    // Every line is already whole.
  }
}

/** A bar on a terminal, plain lines elsewhere, nothing when `silent` (with --json). */
export function createProgress(options: {
  readonly silent: boolean;
  readonly stream?: NodeJS.WriteStream;
}): Progress {
  if (options.silent) return SILENT;
  const stream = options.stream ?? process.stderr;
  return stream.isTTY ? new BarProgress(stream) : new LineProgress(stream);
}
