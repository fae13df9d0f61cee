import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDigits } from "@xent/app-kit/digits";
import { expect, test } from "vitest";
import { readState } from "../src/url/fields.js";
import { startTrainer } from "../src/views/training/compute.js";
import { trainingScript } from "../src/views/training/script.js";
import { capAt, type TrainingState, trainingSchema } from "../src/views/training/state.js";
import { runScript } from "./run-script.js";

const digits = parseDigits(
  readFileSync(join(import.meta.dirname, "../../demo/data/digits.csv"), "utf8"),
);
const state = (query: string): TrainingState =>
  readState(trainingSchema, new URLSearchParams(query));

test("the digits are read whole", () => {
  expect(digits.labels.length).toBe(1797);
  expect(digits.features.data.every((v) => v >= 0 && v <= 1)).toBe(true);
  expect(new Set(digits.labels).size).toBe(10);
});

test("training in slices gives the numbers of training in one go", () => {
  const s = state("model=head&batch=64&spikeAt=5&spike=10&cap=spread");
  const whole = startTrainer(digits, s).advance(s, 8).rows;
  const sliced = startTrainer(digits, s);
  const rows = [3, 4, 8].flatMap((end) => sliced.advance(s, end).rows);
  expect(rows).toEqual(whole);
});

test("a capped run stays within its radius, an uncapped one leaves it at the spike", () => {
  const capped = state("model=head&cap=spread&spikeAt=4&target=0.5");
  for (const row of startTrainer(digits, capped).advance(capped, 6).rows) {
    // The probe and the cap measure the same radius; one rounding of the quotient.
    expect(row.taken).toBeLessThanOrEqual(0.5 * row.radius * (1 + 2 ** -50));
    const b = row.bottleneck!;
    expect(b.spread).toBe(row.radius);
    expect(b.dominance).toBeGreaterThanOrEqual(b.spread * (1 - 1e-12));
    expect(b.proven).toBeGreaterThanOrEqual(b.dominance * (1 - 1e-12));
    expect(b.exact).toBeGreaterThanOrEqual(b.proven * (1 - 1e-12));
  }
  const free = state("model=head&cap=none&spikeAt=4");
  const rows = startTrainer(digits, free).advance(free, 6).rows;
  expect(rows[4]!.taken).toBeGreaterThan(rows[4]!.radius);
});

test("rewound to before the spike, another cap goes on from the same parameters", () => {
  const free = state("model=head&cap=none&spikeAt=4");
  const trainer = startTrainer(digits, free);
  const before = trainer.advance(free, 7).rows;
  expect(trainer.rewind(4)).toBe(4);
  const capped: TrainingState = { ...free, cap: "dominance", before: "none", switchAt: 4 };
  expect([capAt(capped, 3).name, capAt(capped, 4).name]).toEqual(["none", "dominance"]);
  const after = trainer.advance(capped, 7).rows;
  expect(after[0]!.loss).toBe(before[4]!.loss);
  expect(after[0]!.proposed).toBe(before[4]!.proposed);
  expect(after[0]!.taken).toBeLessThan(before[4]!.taken);
  // The same run from an address: two segments, one after the other.
  const anew = startTrainer(digits, capped);
  const rows = [...anew.advance(capped, 7).rows, ...anew.advance(capped, 7).rows];
  expect(rows.slice(4)).toEqual(after);
});

test("every optimiser trains", () => {
  for (const [direction, rate] of [
    ["gradient", 0.5],
    ["momentum", 0.05],
    ["adam", 0.01],
    ["fgn", 1],
    ["ggn", 1],
  ] as const) {
    const s = state(`model=head&direction=${direction}&rate=${rate}&cap=spread&spikeAt=99`);
    const rows = startTrainer(digits, s).advance(s, 12).rows;
    expect([direction, rows.at(-1)!.loss < 0.8 * rows[0]!.loss]).toEqual([direction, true]);
  }
});

test("the script prints the numbers of the view, across a change of the cap", () => {
  const s = state("model=mlp&batch=32&spikeAt=3&cap=spread&switchAt=3&before=none");
  const trainer = startTrainer(digits, s);
  const rows = [...trainer.advance(s, 6).rows, ...trainer.advance(s, 6).rows];
  const last = rows.at(-1)!;
  expect(runScript(trainingScript(s, 6))).toEqual({
    step: 6,
    loss: last.loss,
    taken: last.taken,
    testAccuracy: last.testAccuracy,
  });
});
