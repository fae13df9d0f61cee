import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { DomainError } from "@xent/linalg";
import { SHARD_SIZE, type ShardResult } from "./shard.js";

/** First line of a state file: what must agree for the shards to belong to one run. */
export interface StateHeader {
  readonly format: "xent-invariants-2";
  readonly seed: number;
  readonly shardSize: number;
}

/** JSON lines on disk: a header, then one finished shard a line. A cut last line is dropped. */
export class StateFile {
  readonly #path: string;
  readonly done: readonly ShardResult[];
  readonly header: StateHeader;

  /** @throws DomainError when the file belongs to another run. */
  constructor(path: string, seed: number | undefined, defaultSeed: number) {
    this.#path = path;
    if (!existsSync(path)) {
      this.header = {
        format: "xent-invariants-2",
        seed: seed ?? defaultSeed,
        shardSize: SHARD_SIZE,
      };
      this.done = [];
      writeFileSync(path, `${JSON.stringify(this.header)}\n`);
      return;
    }
    const text = readFileSync(path, "utf8");
    const lines = text
      .slice(0, text.lastIndexOf("\n") + 1)
      .split("\n")
      .filter((l) => l !== "");
    let header: Partial<StateHeader>;
    let done: ShardResult[];
    try {
      header = JSON.parse(lines[0] ?? "null") as Partial<StateHeader>;
      done = lines.slice(1).map((l) => JSON.parse(l) as ShardResult);
    } catch {
      throw new DomainError(`${path} is not a state file of xent-invariants`);
    }
    if (header?.format !== "xent-invariants-2" || header.shardSize !== SHARD_SIZE) {
      throw new DomainError(`${path} is not a state file of this version of xent-invariants`);
    }
    if (seed !== undefined && header.seed !== seed) {
      throw new DomainError(`${path} is of a run with seed ${header.seed}, not ${seed}`);
    }
    this.header = header as StateHeader;
    this.done = done;
    // Drops a line that an interrupted write left unfinished.
    writeFileSync(path, `${lines.join("\n")}\n`);
  }

  append(result: ShardResult): void {
    appendFileSync(this.#path, `${JSON.stringify(result)}\n`);
  }
}
