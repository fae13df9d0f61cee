import { createHash } from "node:crypto";
import { DomainError } from "@xent/linalg";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  canonicalJson,
  defineCampaign,
  JOB_ID_PATTERN,
  jobId,
  jobsOfPlan,
  sha256Hex,
} from "../src/index.ts";

describe("sha256Hex", () => {
  test("equals Node's for every length around the block size, and for text of any script", () => {
    const node = (text: string): string => createHash("sha256").update(text).digest("hex");
    for (let n = 0; n < 200; n++) {
      const text = "ab".repeat(n).slice(0, n);
      expect(sha256Hex(text)).toBe(node(text));
    }
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), (text) => {
        expect(sha256Hex(text)).toBe(node(text));
      }),
    );
    const long = "µ".repeat(1_000_000);
    expect(sha256Hex(long)).toBe(node(long));
  });
});

describe("canonicalJson", () => {
  test("the example of RFC 8785, section 3.2.2", () => {
    const value: unknown = JSON.parse(
      String.raw`{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}`,
    );
    expect(canonicalJson(value)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  test("keys are sorted by UTF-16 code units (section 3.2.3)", () => {
    const keys = ["€", "\r", "\ufb33", "1", "😀", "\u0080", "ö"];
    const value = Object.fromEntries(keys.map((k) => [k, 0]));
    expect(
      Object.keys(JSON.parse(canonicalJson(value)) as object).filter((k) => k !== "1"),
    ).toEqual(["\r", "\u0080", "ö", "€", "😀", "\ufb33"]);
  });

  const cycle: unknown[] = [];
  cycle.push(cycle);
  test.each([
    [{ a: [1, -0] }, "$.a[1] is -0"],
    [[Number.NaN], "$[0] is NaN"],
    [Number.NEGATIVE_INFINITY, "$ is -Infinity"],
    [{ a: undefined }, "$.a is of type undefined"],
    [new Array(1), "$[0] is of type undefined"],
    [{ n: 1n }, "$.n is of type bigint"],
    [{ [Symbol.iterator]: 1 }, "symbol as key"],
    [{ "\ud800": 1 }, "lone surrogate"],
    ["x\udc00", "$ is a string with a lone surrogate"],
    [{ at: new Date(0) }, "$.at is no plain object (Date)"],
    [new Float64Array(2), "Float64Array"],
    [new Map(), "Map"],
    [cycle, "nested more than 200 deep"],
    [() => 1, "of type function"],
  ])("refuses what JSON cannot carry there and back: case %#", (value, message) => {
    expect(() => canonicalJson(value)).toThrow(DomainError);
    expect(() => canonicalJson(value)).toThrow(message);
  });

  test("admits what JSON.parse makes, keys named like Object's own included", () => {
    const text = '{"__proto__":{"a":1},"constructor":2,"toString":null}';
    expect(canonicalJson(JSON.parse(text))).toBe(text);
    expect(canonicalJson(Object.assign(Object.create(null) as object, { a: 1 }))).toBe('{"a":1}');
    expect(canonicalJson([Number.MAX_VALUE, 5e-324, 0, "😀"])).toBe(
      '[1.7976931348623157e+308,5e-324,0,"😀"]',
    );
  });
});

describe("jobId", () => {
  test("depends on each part, and on nothing else", () => {
    const id = jobId("c", "1", { a: 1, b: [2] });
    expect(id).toMatch(JOB_ID_PATTERN);
    expect(jobId("c", "1", { b: [2], a: 1 })).toBe(id);
    const others = [
      jobId("d", "1", { a: 1, b: [2] }),
      jobId("c", "2", { a: 1, b: [2] }),
      jobId("c", "1", { a: 1, b: [3] }),
      jobId("c", "1", { a: 1, b: ["2"] }),
      jobId("c1", "", { a: 1, b: [2] }),
    ];
    expect(new Set([id, ...others]).size).toBe(6);
    const text = '{"campaign":"c","payload":{"a":1,"b":[2]},"version":"1"}';
    expect(id).toBe(createHash("sha256").update(text).digest("hex"));
  });

  test("a plan is made as it is asked for, and must be as long as it says", () => {
    let made = 0;
    const campaign = defineCampaign({
      name: "lazy",
      version: "1",
      description: "",
      settings: {},
      parseSettings: () => 1e12,
      size: (n: number) => n,
      *plan(n: number) {
        for (let i = 0; i < n; i++) {
          made++;
          yield i;
        }
      },
      parsePayload: (x) => x as number,
      parseResult: (x) => x as number,
      run: (x) => x,
      report: () => ({ json: null, text: "", ok: true }),
    });
    const jobs = jobsOfPlan(campaign, 1e12);
    expect(jobs.next().value).toEqual({ id: jobId("lazy", "1", 0), index: 0, payload: 0 });
    jobs.next();
    expect(made).toBe(2);
    const short = { ...campaign, size: () => 3 };
    expect(() => [...jobsOfPlan(short, 2)]).toThrow("planned 2 jobs and says 3");
  });
});
