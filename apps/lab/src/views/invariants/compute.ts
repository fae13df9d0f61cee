import { fgnInvariants, fgnSubject } from "@xent/fgn/invariants";
import {
  type AnyInvariant,
  type CheckResult,
  check,
  formatCase,
  type Measurement,
} from "@xent/invariants";
import { linalgInvariants, linalgSubject } from "@xent/linalg/invariants";
import { modelsInvariants, modelsSubject } from "@xent/models/invariants";
import {
  type SoftmaxSubject,
  softmaxInvariants,
  softmaxSpectralInvariants,
  softmaxSpectralSubject,
} from "@xent/softmax-spectral/invariants";
import { taylorRadiusInvariants, taylorRadiusSubject } from "@xent/taylor-radius/invariants";
import { trainingInvariants, trainingSubject } from "@xent/training/invariants";
import { ufmDynamicsInvariants, ufmDynamicsSubject } from "@xent/ufm-dynamics/invariants";
import type { InvariantsState } from "./state.js";

/** A statement as the page lists it. */
export interface Statement {
  readonly package: string;
  readonly id: string;
  readonly statement: string;
  readonly source: string;
}

/** How far one statement has come. */
export interface Outcome {
  readonly id: string;
  readonly status: "running" | CheckResult["status"];
  readonly cases: number;
  /** Largest error over tolerance so far. */
  readonly worstRatio: number;
  /** When it fails: the shrunk case. */
  readonly problem: string;
}

interface Selected {
  readonly package: string;
  readonly invariant: AnyInvariant<unknown>;
  readonly subject: unknown;
}

// The subject's type is hidden: only its own invariants ever see it.
function suite<Subject>(
  name: string,
  invariants: readonly AnyInvariant<Subject>[],
  subject: Subject,
): Selected[] {
  return invariants.map((invariant) => ({
    package: name,
    invariant: invariant,
    subject,
  }));
}

const all: readonly Selected[] = [
  ...suite("linalg", linalgInvariants(), linalgSubject),
  ...suite("softmax-spectral", softmaxSpectralInvariants(), softmaxSpectralSubject),
  ...suite("models", modelsInvariants(), modelsSubject),
  ...suite("training", trainingInvariants(), trainingSubject),
  ...suite("ufm-dynamics", ufmDynamicsInvariants(), ufmDynamicsSubject),
  ...suite("taylor-radius", taylorRadiusInvariants(), taylorRadiusSubject),
  ...suite("fgn", fgnInvariants(), fgnSubject),
];

type Filter = Pick<InvariantsState, "package" | "text">;

function selected(filter: Filter): readonly Selected[] {
  const text = filter.text.toLowerCase();
  return all.filter(
    (s) =>
      (filter.package === "all" || s.package === filter.package) &&
      `${s.invariant.id} ${s.invariant.statement}`.toLowerCase().includes(text),
  );
}

export function statements(filter: Filter): Statement[] {
  return selected(filter).map(({ package: name, invariant: { id, statement, source } }) => ({
    package: name,
    id,
    statement,
    source,
  }));
}

function outcomeOf(result: CheckResult): Outcome {
  const { id, status, cases, worstRatio, counterexample } = result;
  return {
    id,
    status,
    cases,
    worstRatio,
    problem: counterexample
      ? `${counterexample.error}, for ${formatCase(counterexample.case)}`
      : "",
  };
}

/** Milliseconds between two reports of one statement. */
const REPORT_EVERY = 100;

/** Measures the statements one after the other; `report` hears of each while it runs and at its end. Returns the ends. */
export async function runSuites(
  options: Filter & Pick<InvariantsState, "runs" | "seed">,
  report: (outcome: Outcome) => void,
  stopped: () => boolean = () => false,
): Promise<Outcome[]> {
  const ends: Outcome[] = [];
  for (const { invariant, subject } of selected(options)) {
    // Gives way, so that a request to stop is heard.
    await new Promise((resolve) => setTimeout(resolve));
    if (stopped()) break;
    let cases = 0;
    let worstRatio = 0;
    let reported = Date.now();
    const result = check(invariant, subject, {
      runs: options.runs,
      seed: options.seed,
      onRatio(ratio) {
        cases++;
        worstRatio = Math.max(worstRatio, ratio);
        if (Date.now() - reported < REPORT_EVERY) return;
        reported = Date.now();
        report({ id: invariant.id, status: "running", cases, worstRatio, problem: "" });
      },
    });
    const end = outcomeOf(result);
    ends.push(end);
    report(end);
  }
  return ends;
}

/** A case that fails, on the way to the smallest. */
export interface Shrink {
  readonly case: string;
  readonly size: number;
  readonly measured: string;
}

/** What became of one statement about somebody's own softmax. */
export interface OwnOutcome extends Outcome, Statement {
  /** Every failing case that shrinking went through, the first found at the beginning. */
  readonly shrinks: readonly Shrink[];
}

function subjectOf(code: string): SoftmaxSubject {
  // The page's purpose is to run what its user wrote; it runs in a worker that holds nothing else.
  // biome-ignore lint/security/noGlobalEval: see above
  const value: unknown = globalThis.eval(`"use strict"; (${code.trim().replace(/;$/, "")}\n)`);
  if (typeof value === "function") return { softmax: value as SoftmaxSubject["softmax"] };
  if (
    typeof value === "object" &&
    value !== null &&
    typeof (value as SoftmaxSubject).softmax === "function"
  ) {
    return value as SoftmaxSubject;
  }
  throw new TypeError("expected a function of the logits, or an object with a method `softmax`");
}

const describe = ({ error, tolerance }: Measurement): string =>
  `error ${error.toPrecision(3)}, tolerance ${tolerance.toPrecision(3)}`;

/** Checks a softmax given as text against all statements about a softmax. */
export function checkOwn(code: string, runs: number, seed: number): OwnOutcome[] {
  const subject = subjectOf(code);
  return softmaxInvariants(subject).map((invariant) => {
    const shrinks: Shrink[] = [];
    const note = (testCase: unknown, measured: string): void => {
      const text = formatCase(testCase);
      // The checker measures the smallest case once more.
      if (shrinks.at(-1)?.case !== text) shrinks.push({ case: text, size: text.length, measured });
    };
    const watched: typeof invariant = {
      ...invariant,
      measure(testCase, given) {
        try {
          const measurement = invariant.measure(testCase, given);
          if (!(measurement.error <= measurement.tolerance)) note(testCase, describe(measurement));
          return measurement;
        } catch (error) {
          note(testCase, String(error));
          throw error;
        }
      },
    };
    const result = check(watched, subject, { runs, seed });
    const { id, statement, source } = invariant;
    return { ...outcomeOf(result), id, statement, source, package: "softmax-spectral", shrinks };
  });
}
