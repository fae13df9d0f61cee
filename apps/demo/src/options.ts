import { type Command, InvalidArgumentError, Option } from "commander";

/** What every command understands. `out` is absent where the command writes no file unless asked. */
export interface CommonOptions {
  readonly seed: number;
  readonly json?: boolean;
  readonly out?: string;
}

/** Closed unless `exclusive...` says otherwise. */
export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
  readonly exclusiveMin?: boolean;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function describeRange(range: NumberRange): string {
  const { min, max } = range;
  const low = range.exclusiveMin === true ? `above ${min}` : `at least ${min}`;
  if (min !== undefined && max !== undefined) {
    return range.exclusiveMin === true ? ` above ${min} and at most ${max}` : ` in ${min}..${max}`;
  }
  if (min !== undefined) return ` ${low}`;
  return max === undefined ? "" : ` at most ${max}`;
}

function parseIn(text: string, range: NumberRange, kind: "a number" | "an integer"): number {
  // Number() would also take "", "0x10" and "Infinity".
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  const belowMin =
    range.min !== undefined &&
    (range.exclusiveMin === true ? value <= range.min : value < range.min);
  const aboveMax = range.max !== undefined && value > range.max;
  const wrongKind = kind === "an integer" ? !Number.isSafeInteger(value) : !Number.isFinite(value);
  if (wrongKind || belowMin || aboveMax) {
    throw new InvalidArgumentError(`It must be ${kind}${describeRange(range)}.`);
  }
  return value;
}

/** A commander parser for a finite number in a range; anything else ends with exit code 2. */
export function numberParser(range: NumberRange = {}): (text: string) => number {
  return (text) => parseIn(text, range, "a number");
}

/** A commander parser for an integer in a range (1e3 is one); anything else ends with exit code 2. */
export function integerParser(range: NumberRange = {}): (text: string) => number {
  return (text) => parseIn(text, range, "an integer");
}

/** A commander parser for comma-separated numbers, each in the range. */
export function numberListParser(range: NumberRange = {}): (text: string) => number[] {
  return (text) => text.split(",").map((part) => parseIn(part.trim(), range, "a number"));
}

const seedParser = integerParser({ min: 0, max: 0xffffffff });

/**
 * Adds --seed, --json and --out to a command.
 *
 * @param out - what the file is, and the path when none is given (none: written only on request).
 */
export function addCommonOptions(
  command: Command,
  out: { readonly description: string; readonly default?: string },
): Command {
  const outOption = new Option("--out <path>", out.description);
  if (out.default !== undefined) outOption.default(out.default);
  return command
    .option("--seed <integer>", "seed of everything random, 0..4294967295", seedParser, 1)
    .addOption(outOption)
    .option("--json", "print one JSON document on stdout and nothing else");
}
