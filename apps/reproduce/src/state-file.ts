import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeFileWhole } from "@xent/app-kit";

/** Results of one experiment, budget and seed on disk: a run that was interrupted goes on with the next seed. */
export class StateFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  #path(experiment: string, budget: string, seed: number): string {
    return join(this.#folder, budget, experiment, `seed-${seed}.json`);
  }

  /** The stored run; undefined when there is none, it is damaged, or its settings were others. */
  read(experiment: string, budget: string, seed: number, settings: unknown): unknown {
    let text: string;
    try {
      text = readFileSync(this.#path(experiment, budget, seed), "utf8");
    } catch {
      return undefined;
    }
    try {
      const stored = JSON.parse(text) as { settings?: unknown; run?: unknown };
      return stored.settings === fingerprint(settings) ? stored.run : undefined;
    } catch {
      return undefined;
    }
  }

  write(experiment: string, budget: string, seed: number, settings: unknown, run: unknown): void {
    const path = this.#path(experiment, budget, seed);
    mkdirSync(dirname(path), { recursive: true });
    writeFileWhole(path, `${JSON.stringify({ settings: fingerprint(settings), run })}\n`);
  }
}

function fingerprint(settings: unknown): string {
  return createHash("sha256").update(JSON.stringify(settings)).digest("hex").slice(0, 16);
}
