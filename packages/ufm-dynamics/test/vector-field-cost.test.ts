import type * as Kernels from "@xent/kernels";
import type * as Linalg from "@xent/linalg";
import { planGroupTransform } from "@xent/linalg";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { integrateSpectralFlow, spectralVectorField } from "../src/index.js";
import { positiveStart, xor } from "./even-start.js";

const counts = vi.hoisted(() => ({ transforms: 0, softmaxes: 0, arrays: 0 }));

vi.mock("@xent/linalg", async (original) => {
  const real = await original<typeof Linalg>();
  const planned: typeof real.planGroupTransform = (orders) => {
    const plan = real.planGroupTransform(orders);
    return {
      ...plan,
      evenSpectrum: (zeta, out) => {
        counts.transforms++;
        return plan.evenSpectrum(zeta, out);
      },
    };
  };
  const walshHadamard: typeof real.walshHadamard = (data, factor) => {
    counts.transforms++;
    return real.walshHadamard(data, factor);
  };
  return { ...real, planGroupTransform: planned, walshHadamard };
});

vi.mock("@xent/kernels", async (original) => {
  const real = await original<typeof Kernels>();
  // The exponentials of the logits; those of the modes are `exp` and `growModes`.
  const exponentials: typeof real.exponentials = (...args) => {
    counts.softmaxes++;
    return real.exponentials(...args);
  };
  return { ...real, exponentials };
});

const RealArray = Float64Array;
const makers = ["slice", "map", "filter", "subarray"] as const;

/** Every way to a new Float64Array that the sources use counts. */
beforeEach(() => {
  vi.stubGlobal(
    "Float64Array",
    new Proxy(RealArray, {
      construct: (target, args: ConstructorParameters<typeof RealArray>) => {
        counts.arrays++;
        return new target(...args);
      },
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key);
        if (key !== "from" && key !== "of") return value;
        counts.arrays++;
        return (value as () => unknown).bind(target);
      },
    }),
  );
  for (const name of makers) {
    const real = Reflect.get(RealArray.prototype, name) as (...args: unknown[]) => never;
    vi.spyOn(RealArray.prototype, name).mockImplementation(function (
      this: Float64Array,
      ...args: unknown[]
    ) {
      counts.arrays++;
      return real.apply(this, args);
    });
  }
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

// 2^11 classes: in an arena.
test.each([[xor(4)], [[10]], [[3, 4]], [[67]], [xor(11)]])(
  "a right-hand side is one softmax and two transforms into what is there, %j",
  (group) => {
    const strengths = positiveStart(group, 1);
    for (const clock of [true, false]) {
      for (const modes of [{ strengths }, { s1: strengths, s2: strengths.map((s) => 2 * s) }]) {
        const field = spectralVectorField({ group, ...modes }, { clock });
        const y = field.initial();
        const out = new Float64Array(field.dimension);
        // Plans may make their tables at the first call.
        field.derivative(0, y, out);
        Object.assign(counts, { transforms: 0, softmaxes: 0, arrays: 0 });
        for (let i = 0; i < 10; i++) field.derivative(0, y, out);
        expect(counts).toEqual({ transforms: 20, softmaxes: 10, arrays: 0 });
      }
    }
  },
);

test("the counters count", () => {
  Object.assign(counts, { transforms: 0, softmaxes: 0, arrays: 0 });
  const plan = planGroupTransform([6]);
  const x = new Float64Array(6);
  plan.evenSpectrum(x.slice(), x.map(Math.exp));
  expect(counts.transforms).toBe(1);
  expect(counts.arrays).toBeGreaterThanOrEqual(3);
});

test.each(["dopri5", "dop853"] as const)("more steps of %s allocate no more", (method) => {
  const group = xor(6);
  const strengths = positiveStart(group, 1);
  const made = (tolerance: number): { arrays: number; steps: number } => {
    counts.arrays = 0;
    const { steps } = integrateSpectralFlow({ group, strengths, times: [1e6], method, tolerance });
    return { arrays: counts.arrays, steps };
  };
  // The kernels keep a view of their memory from the first call on.
  made(1e-4);
  const [few, many] = [made(1e-4), made(1e-10)];
  expect(many.steps).toBeGreaterThan(2 * few.steps);
  expect(many.arrays).toBe(few.arrays);
});
