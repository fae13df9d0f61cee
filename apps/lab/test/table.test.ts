import { expect, test } from "vitest";
import { tableOf, tableToCsv, tableToJson } from "../src/figures/table.js";

const table = tableOf({ t: [0.1, 1e-300, Infinity], name: ["a", 'say "b", c', undefined] });

test("CSV quotes what needs it and writes numbers in full", () => {
  expect(tableToCsv(table)).toBe('t,name\r\n0.1,a\r\n1e-300,"say ""b"", c"\r\nInfinity,\r\n');
});

test("JSON keeps finite numbers as numbers and spells the others", () => {
  expect(JSON.parse(tableToJson(table))).toEqual([
    { t: 0.1, name: "a" },
    { t: 1e-300, name: 'say "b", c' },
    { t: "Infinity", name: null },
  ]);
});
