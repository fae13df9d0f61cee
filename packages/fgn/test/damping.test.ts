import { describe, expect, test } from "vitest";
import { dampingControl, type TrustRatioDamping } from "../src/damping.js";

describe("constants and schedules", () => {
  test.each([
    ["a number", 0.5, [0.5, 0.5]],
    ["a schedule", (step: number) => 0.5 / (1 + step), [0.5, 0.25]],
  ] as const)("%s: no step is judged, nothing is kept", (_, rule, values) => {
    const control = dampingControl(rule);
    expect(control.adaptive).toBe(false);
    expect(control.retries).toBe(0);
    expect(control.judge(-1)).toBe(true);
    expect([control.value(0), control.value(1)]).toEqual(values);
    expect(control.save()).toBe(null);
    control.restore(null);
    expect(() => {
      control.restore(3);
    }).toThrow("state.damping = 3, but this damping has no state");
  });
});

describe("the trust ratio", () => {
  const control = (rule: Partial<TrustRatioDamping> = {}) =>
    dampingControl({ initial: 1, ...rule });

  test.each([
    // rho, whether the step stands, and what becomes of lambda = 1 by the defaults 4 and 2.
    [-1, false, 4],
    [0, false, 4],
    [1e-9, true, 4],
    [0.2499, true, 4],
    [0.25, true, 1],
    [0.5, true, 1],
    [0.75, true, 1],
    [0.7501, true, 0.5],
    [1, true, 0.5],
    [Infinity, true, 0.5],
    [-Infinity, false, 4],
    [NaN, false, 4],
  ])("rho = %f", (ratio, stands, lambda) => {
    const rule = control();
    expect(rule.adaptive).toBe(true);
    expect(rule.retries).toBe(10);
    expect(rule.judge(ratio)).toBe(stands);
    expect(rule.value(7)).toBe(lambda);
  });

  test("lambda stays within its limits, which it may start at", () => {
    const low = control({ min: 1, max: 5, increase: 3, decrease: 8 });
    low.judge(1);
    expect(low.value(0)).toBe(1);
    low.judge(0);
    low.judge(0);
    expect(low.value(0)).toBe(5);
    expect(control({ max: 1 }).value(0)).toBe(1);
  });

  test("state", () => {
    const rule = control({ min: 0.1, max: 10 });
    rule.judge(0);
    expect(rule.save()).toBe(4);
    rule.restore(10);
    expect(rule.value(0)).toBe(10);
    const restore = (value: unknown) => () => {
      rule.restore(value);
    };
    expect(restore("4")).toThrow('state.damping = "4", expected a number');
    expect(restore(undefined)).toThrow("expected a number");
    expect(restore(11)).toThrow("state.damping = 11 is outside 0.1..10");
    expect(restore(0.01)).toThrow("state.damping = 0.01 is outside 0.1..10");
    expect(restore(-1)).toThrow("state.damping = -1");
    expect(rule.value(0)).toBe(10);
  });

  test("bad rules", () => {
    const make = (rule: Partial<TrustRatioDamping>) => () => control(rule);
    expect(make({ min: 0 })).toThrow("damping.min = 0");
    expect(make({ max: 0 })).toThrow("damping.max = 0");
    expect(make({ retries: -1 })).toThrow("damping.retries = -1");
    expect(make({ max: 0.5 })).toThrow("damping.initial = 1 is outside 1e-12..0.5");
    expect(make({ initial: -1 })).toThrow("damping.initial = -1");
    for (const bad of [1, Infinity, NaN]) {
      expect(make({ increase: bad })).toThrow(`damping.increase = ${bad}`);
      expect(make({ decrease: bad })).toThrow(`damping.decrease = ${bad}`);
    }
    expect(() => dampingControl(0)).toThrow("damping = 0");
  });
});
