import { loadReference } from "@xent/testkit";
import { describe, expect, test } from "vitest";
import { integrateSpectralFlow } from "../src/index.js";

interface ReferenceCase {
  readonly name: string;
  readonly group: number[];
  readonly balanced: boolean;
  readonly s1_0: number[];
  readonly s2_0: number[];
  readonly times: number[];
  readonly states: {
    readonly s1: number[];
    readonly s2: number[];
    readonly loss: number;
    readonly V: number | null;
    readonly dV_balanced: number;
    readonly phat: number[];
  }[];
}

const cases = loadReference<ReferenceCase[]>("reference/ufm.json", import.meta.url);

function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!) / Math.max(1, Math.abs(b[i]!))));
}

describe.each(cases)("reference $name", (reference) => {
  test.each([
    { clock: true, method: "dop853" as const },
    { clock: false, method: "dop853" as const },
    { clock: true, method: "dopri5" as const },
  ])("agrees to 1e-10, %o", ({ clock, method }) => {
    const { group, times } = reference;
    const result = integrateSpectralFlow({
      group,
      s1: reference.s1_0,
      s2: reference.s2_0,
      times,
      clock,
      method,
      tolerance: 1e-12,
    });
    expect(result.status).toBe("completed");
    for (const [i, state] of result.states.entries()) {
      const expected = reference.states[i]!;
      expect(state.time).toBeCloseTo(times[i]!, 12);
      expect(distance(state.s1, expected.s1)).toBeLessThan(1e-10);
      expect(distance(state.s2, expected.s2)).toBeLessThan(1e-10);
      expect(distance(state.softmaxEigenvalues, expected.phat)).toBeLessThan(1e-10);
      expect(distance([state.loss], [expected.loss])).toBeLessThan(1e-10);
      if (expected.V === null) expect(state.lyapunov).toBeUndefined();
      else expect(Math.abs(state.lyapunov! - expected.V)).toBeLessThan(1e-10);
      if (reference.balanced && expected.V !== null) {
        expect(Math.abs(state.lyapunovRate! - expected.dV_balanced)).toBeLessThan(1e-10);
      }
    }
  });
});
