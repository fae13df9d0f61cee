import { choiceField, flagField, integerField, type Schema, textField } from "../../url/fields.js";

export const PACKAGES = [
  "all",
  "linalg",
  "softmax-spectral",
  "models",
  "training",
  "ufm-dynamics",
  "taylor-radius",
  "fgn",
] as const;
export type PackageName = (typeof PACKAGES)[number];

export interface InvariantsState {
  readonly package: PackageName;
  /** Text that the id or the statement contains. */
  readonly text: string;
  /** Cases of each statement. */
  readonly runs: number;
  readonly seed: number;
  /** Whether the suites have been started: a link to a result runs them again. */
  readonly started: boolean;
  /** A softmax of somebody's own, as JavaScript. */
  readonly code: string;
  /** Whether that has been checked. */
  readonly checked: boolean;
}

export const NAIVE_SOFTMAX = `(z) => {
  const e = z.map(Math.exp);
  const sum = e.reduce((a, b) => a + b, 0);
  return e.map((v) => v / sum);
}`;

/** Softmaxes to begin with, by name. */
export const EXAMPLES: readonly (readonly [name: string, code: string])[] = [
  ["Without the shift", NAIVE_SOFTMAX],
  [
    "With the shift",
    `(z) => {
  const top = z.reduce((a, b) => Math.max(a, b), -Infinity);
  const e = z.map((v) => Math.exp(v - top));
  const sum = e.reduce((a, b) => a + b, 0);
  return e.map((v) => v / sum);
}`,
  ],
  [
    "With an epsilon",
    `(z) => {
  const top = z.reduce((a, b) => Math.max(a, b), -Infinity);
  const e = z.map((v) => Math.exp(v - top));
  const sum = e.reduce((a, b) => a + b, 0);
  return e.map((v) => v / (sum + 1e-8));
}`,
  ],
  [
    "In single precision, declared",
    `({
  unitRoundoff: 2 ** -24,
  softmax(z) {
    const f = Math.fround;
    const top = f(z.reduce((a, b) => Math.max(a, b), -Infinity));
    const e = Float32Array.from(z, (v) => Math.exp(f(f(v) - top)));
    const sum = e.reduce((a, b) => f(a + b), 0);
    return e.map((v) => v / sum);
  },
})`,
  ],
];

export const invariantsSchema: Schema<InvariantsState> = {
  package: choiceField("all", PACKAGES),
  text: textField("", 200),
  runs: integerField(20, 1, 10_000),
  seed: integerField(1, 0, 0x7fffffff),
  started: flagField(false),
  code: textField(NAIVE_SOFTMAX, 5000),
  checked: flagField(false),
};
