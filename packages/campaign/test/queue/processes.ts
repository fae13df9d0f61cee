import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** Waits until `look` gives something. @throws Error with `what` after half a minute. */
export async function until<T>(what: string, look: () => T | undefined | false): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const value = look();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await sleep(10);
  }
}

/** What the jobs of the campaign of `programs/campaign.mjs` noted while they ran. */
export class JobLog {
  readonly folder: string = mkdtempSync(join(tmpdir(), "xent-jobs-"));
  readonly path: string = join(this.folder, "log");

  lines(): { readonly what: string; readonly x: number; readonly pid: number }[] {
    if (!existsSync(this.path)) return [];
    // The last piece is empty, or a line that is being written.
    const lines = readFileSync(this.path, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => {
      const [what, x, pid] = line.split(" ");
      return { what: what!, x: Number(x), pid: Number(pid) };
    });
  }

  /** How often jobs were begun, over all workers. */
  get starts(): number {
    return this.lines().filter((l) => l.what === "start").length;
  }

  get ends(): number {
    return this.lines().filter((l) => l.what === "end").length;
  }

  /** A job that process `pid` has begun and not ended. */
  halfDone(pid: number): number | undefined {
    const own = this.lines().filter((l) => l.pid === pid);
    const ended = new Set(own.filter((l) => l.what === "end").map((l) => l.x));
    return own.find((l) => l.what === "start" && !ended.has(l.x))?.x;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A program in a process of its own. */
export class Program {
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown[]>;
  #output = "";

  private constructor(path: string, args: readonly string[], env: Record<string, string>) {
    this.#child = spawn(process.execPath, [path, ...args], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
      });
    }
    this.#exit = once(this.#child, "close");
  }

  /** @param name - of a program in `programs/`, which takes one JSON argument. */
  static start(name: string, argument: unknown, env: Record<string, string> = {}): Program {
    const path = fileURLToPath(new URL(`programs/${name}.mjs`, import.meta.url));
    return new Program(path, [JSON.stringify(argument)], env);
  }

  /** Any program of Node. */
  static command(path: string, args: readonly string[], env: Record<string, string>): Program {
    return new Program(path, args, env);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** All that it printed so far. */
  get output(): string {
    return this.#output;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Waits for a text in its output; fails when it ends first. */
  async says(text: string): Promise<void> {
    await until(`"${text}" in: ${this.#output}`, () => {
      if (this.#output.includes(text)) return true;
      if (!this.running) throw new Error(`ended without "${text}": ${this.#output}`);
      return false;
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Its exit code, or null when a signal ended it. */
  async exit(): Promise<number | null> {
    const [code] = await this.#exit;
    return code as number | null;
  }

  /** Ends it if it runs. */
  async end(): Promise<void> {
    if (this.running) this.#child.kill("SIGKILL");
    await this.#exit;
  }
}
