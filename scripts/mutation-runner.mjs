// A test runner for Stryker that keeps the tests of one package loaded: mutants are switches inside the instrumented
// sources, so that trying one costs the tests that reach it (milliseconds) and not the start of a test framework
// (seconds). Sources are stripped of their types in the sandbox; other packages are resolved as built.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { register } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { declareClassPlugin, PluginKind } from "@stryker-mutator/api/plugin";

const folder = `packages/${process.env.XENT_MUTATION_PACKAGE}`;
// README examples and figures resolve the package by its name, which leads past the mutated copy;
// softmax-invariants.test.ts is about softmaxes of others; memory.test.ts replaces modules by vitest's mocks.
const LEFT_OUT = [
  "readme.test.ts",
  "figure.test.ts",
  "softmax-invariants.test.ts",
  "memory.test.ts",
];

const scriptOf = (path) => join(folder, path.replace(/ts$/, "js"));

async function stripTypes() {
  const sources = readdirSync(folder, { recursive: true }).filter(
    (path) => /^(src|test)\/.*\.ts$/.test(path) && !existsSync(scriptOf(path)),
  );
  if (sources.length === 0) return; // a worker that was restarted
  const { default: ts } = await import("typescript");
  for (const path of sources) {
    const { outputText } = ts.transpileModule(readFileSync(join(folder, path), "utf8"), {
      compilerOptions: {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2022,
        verbatimModuleSyntax: true,
      },
    });
    writeFileSync(scriptOf(path), outputText);
  }
}

// What the instrumented sources read their switch from.
globalThis.__stryker__ ??= {};

// Milliseconds of a processor in the dry run, for a worker that takes over from one that hung.
const TIMES = "mutation-times.json";
// A test that takes longer is asked only about mutants that no quicker one reaches.
const LONG = 250;

class LoadedTests {
  tests = new Map();
  times = existsSync(TIMES) ? JSON.parse(readFileSync(TIMES, "utf8")) : {};
  state = globalThis.__stryker__;
  /** A mutant changed what tests share, so that they fail without it: its verdict stands, the next needs a new process. */
  spoilt = false;

  capabilities() {
    // Nothing needs a reload: mutants that act only while modules load are left out (ignoreStatic).
    return { reloadEnvironment: true };
  }

  async init() {
    // Fewer cases than a plain run, always the same, and no shrinking: a mutant needs to be found and not to be understood.
    process.env.XENT_RUNS = "15";
    const { default: fc } = await import("fast-check");
    fc.configureGlobal({ seed: 20261124, endOnFailure: true });
    await stripTypes();
    register(new URL("./mutation-resolve.mjs", import.meta.url));
    const { collected, startFile } = await import("./mutation-tests.mjs");
    const files = readdirSync(join(folder, "test"))
      .filter((file) => file.endsWith(".test.ts") && !LEFT_OUT.includes(file))
      .sort();
    for (const file of files) {
      const from = collected.length;
      startFile();
      await import(pathToFileURL(resolve(folder, "test", file.replace(/ts$/, "js"))).href);
      for (const { name, run } of collected.slice(from)) {
        let id = `${file} > ${name}`;
        for (let n = 2; this.tests.has(id); n++) id = `${file} > ${name} (${n})`;
        this.tests.set(id, run);
      }
    }
  }

  /** The message of the failure, or undefined. */
  async failureOf(id) {
    try {
      await this.tests.get(id)();
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async dryRun() {
    const tests = [];
    for (const id of this.tests.keys()) {
      this.state.currentTestId = id;
      const start = performance.now();
      const before = process.cpuUsage();
      const first = await this.failureOf(id);
      const timeSpentMs = performance.now() - start;
      const { user, system } = process.cpuUsage(before);
      this.times[id] = (user + system) / 1000;
      this.state.currentTestId = undefined;
      tests.push(
        first === undefined
          ? { id, name: id, timeSpentMs, status: "success" }
          : { id, name: id, timeSpentMs, status: "failed", failureMessage: first },
      );
    }
    writeFileSync(TIMES, JSON.stringify(this.times));
    const mutantCoverage = structuredClone(this.state.mutantCoverage);
    // Mutants meet tests that have run before: those must not depend on being the first run.
    for (const test of tests.filter((t) => t.status === "success")) {
      const again = await this.failureOf(test.id);
      if (again !== undefined) {
        Object.assign(test, { status: "failed", failureMessage: `when run twice: ${again}` });
      }
    }
    return { status: "complete", tests, mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, mutantActivation }) {
    if (this.spoilt) process.exit(1); // Stryker starts another process and tries this mutant there
    if (mutantActivation === "static") return { status: "error", errorMessage: "static mutant" };
    const byTime = [...(testFilter ?? this.tests.keys())].sort(
      (a, b) => this.times[a] - this.times[b],
    );
    const quick = byTime.filter((id) => this.times[id] <= LONG);
    const ids = quick.length > 0 ? quick : byTime;
    for (const [nrOfTests, id] of ids.entries()) {
      Object.assign(this.state, { activeMutant: activeMutant.id, hitCount: 0, hitLimit });
      const failureMessage = await this.failureOf(id);
      const { hitCount } = this.state;
      Object.assign(this.state, { activeMutant: undefined, hitCount: undefined });
      if (hitLimit !== undefined && hitCount > hitLimit) {
        return { status: "timeout", reason: `Hit limit reached (${hitCount}/${hitLimit})` };
      }
      if (failureMessage === undefined) continue;
      this.spoilt = (await this.failureOf(id)) !== undefined;
      return { status: "killed", killedBy: [id], failureMessage, nrOfTests: nrOfTests + 1 };
    }
    return { status: "survived", nrOfTests: ids.length };
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, "loaded", LoadedTests)];
