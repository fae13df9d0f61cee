import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeFileWhole } from "@xent/app-kit";
import type { Cell } from "./cells.js";

/** Runs of cells on disk: what was interrupted goes on with the next cell. */
export class StateFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  #path({ experiment, budget, seed, part, parts }: Cell): string {
    const file = parts === 1 ? `seed-${seed}.json` : `seed-${seed}-part-${part + 1}.json`;
    return join(this.#folder, budget, experiment.name, file);
  }

  /** The stored run; undefined when there is none, it is damaged, or its settings or revision were others. */
  read(cell: Cell): unknown {
    let text: string;
    try {
      text = readFileSync(this.#path(cell), "utf8");
    } catch {
      return undefined;
    }
    try {
      const stored = JSON.parse(text) as { settings?: unknown; run?: unknown };
      return stored.settings === fingerprint(cell) ? stored.run : undefined;
    } catch {
      return undefined;
    }
  }

  write(cell: Cell, run: unknown): void {
    const path = this.#path(cell);
    mkdirSync(dirname(path), { recursive: true });
    writeFileWhole(path, `${JSON.stringify({ settings: fingerprint(cell), run })}\n`);
  }
}

/** Of all that a run depends on beside the seed, which is in the name of the file. */
function fingerprint({ settings, experiment: { revision = 1 } }: Cell): string {
  const text = JSON.stringify({ settings, revision });
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
