import { dense, SeededRandom } from "@xent/linalg";
import { type Linearization, linearHead } from "@xent/models";
import { afterEach, expect, test, vi } from "vitest";
import { type FgnSolver, fgnStep } from "../src/index.js";
import { randomLabels } from "./dense-oracle.js";

const PlainArray = Float64Array;

/** Lengths of all arrays that are made while `work` runs: `new`, `from`, `slice`, `map`; views of a buffer are not. */
function allocations(work: () => unknown): number[] {
  const lengths: number[] = [];
  class Recording extends PlainArray {
    constructor(...given: unknown[]) {
      super(...(given as [number]));
      if (!(given[0] instanceof ArrayBuffer)) lengths.push(this.length);
    }
  }
  vi.stubGlobal("Float64Array", Recording);
  try {
    work();
  } finally {
    vi.unstubAllGlobals();
  }
  return lengths;
}

afterEach(() => {
  vi.unstubAllGlobals();
});

const B = 6;
const D = 5;

function head(C: number): { here: Linearization; labels: Int32Array } {
  const model = linearHead({ featureCount: D, classCount: C });
  const x = dense(B, D, new SeededRandom(1).normals(B * D));
  return { here: model.linearize(model.initialize(2), x), labels: randomLabels(B, C, 3) };
}

const rowSolvers: FgnSolver[] = ["row-cholesky", "row-lu", "row-cg", "lifted-cg", "parameter-cg"];

test("the recorder sees copies too, and not views", () => {
  const seen = allocations(() => {
    const a = new Float64Array(7);
    a.subarray(2).slice();
    a.map((v) => v);
    Float64Array.from([1, 2]);
  });
  expect(seen).toEqual([7, 5, 7, 2]);
});

test.each(rowSolvers)(
  "%s: no array of C x C or (B C) x (B C) entries, and linear growth with C",
  (solver) => {
    const made = [1000, 2000, 4000].map((C) => {
      const { here, labels } = head(C);
      const options = { damping: 0.1, solver, tolerance: 1e-3, maxIterations: 3 };
      // The first call makes what the kernels keep.
      fgnStep(here, labels, options);
      const lengths = allocations(() => fgnStep(here, labels, options));
      const P = (D + 1) * C;
      expect(lengths.length).toBeGreaterThan(5);
      // The largest: a step, logits, or the system of the row space.
      expect(Math.max(...lengths)).toBeLessThanOrEqual(Math.max(P, B * C, B * B));
      return lengths.reduce((s, n) => s + n, 0);
    });
    // c0 + c1 C exactly: twice the classes add twice as much.
    expect(made[2]! - made[1]!).toBe(2 * (made[1]! - made[0]!));
  },
);

test("a step in the row space takes one Gram matrix and one reverse pass, at any number of classes", () => {
  for (const C of [2, 10, 1000, 10000]) {
    const { here, labels } = head(C);
    let entries = 0;
    const watched: Linearization = {
      logits: here.logits,
      parameterCount: here.parameterCount,
      jvp: () => {
        throw new Error("no JVP is needed");
      },
      vjp: (u, out) => {
        entries += u.data.length;
        return here.vjp(u, out);
      },
      rowGram: (u, out) => {
        entries += u.data.length;
        return here.rowGram!(u, out);
      },
    };
    const result = fgnStep(watched, labels, { damping: 0.1, solver: "row-cholesky" });
    expect([result.status, result.jvps, result.vjps, result.grams]).toEqual(["converged", 0, 1, 1]);
    expect(entries).toBe(2 * B * C);
  }
});
