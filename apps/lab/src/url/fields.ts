/** One entry of a view's state, as it stands in the address. */
export interface Field<T> {
  readonly fallback: T;
  /** The value, or undefined when the text is none: then the fallback stands in. */
  parse(text: string): T | undefined;
  format(value: T): string;
}

/** A number in [min, max]; written in full, so that a link gives the same double. */
export function numberField(fallback: number, min = -Infinity, max = Infinity): Field<number> {
  return {
    fallback,
    parse(text) {
      const value = text.trim() === "" ? Number.NaN : Number(text);
      return value >= min && value <= max && Number.isFinite(value) ? value : undefined;
    },
    format: String,
  };
}

export function integerField(fallback: number, min: number, max: number): Field<number> {
  const number = numberField(fallback, min, max);
  return {
    ...number,
    parse(text) {
      const value = number.parse(text);
      return Number.isInteger(value) ? value : undefined;
    },
  };
}

/** A comma-separated list of finite numbers with `minLength` to `maxLength` entries. */
export function numbersField(
  fallback: readonly number[],
  minLength: number,
  maxLength: number,
): Field<readonly number[]> {
  return {
    fallback,
    parse(text) {
      const values =
        text === "" ? [] : text.split(",").map((part) => (part === "" ? Number.NaN : Number(part)));
      const fits = values.length >= minLength && values.length <= maxLength;
      return fits && values.every(Number.isFinite) ? values : undefined;
    },
    format: (values) => values.join(","),
  };
}

export function choiceField<T extends string>(fallback: T, choices: readonly T[]): Field<T> {
  return {
    fallback,
    parse: (text) => choices.find((choice) => choice === text),
    format: (value) => value,
  };
}

export function flagField(fallback: boolean): Field<boolean> {
  return {
    fallback,
    parse: (text) => (text === "1" ? true : text === "0" ? false : undefined),
    format: (value) => (value ? "1" : "0"),
  };
}

export function textField(fallback: string, maxLength = 20_000): Field<string> {
  return {
    fallback,
    parse: (text) => (text.length <= maxLength ? text : undefined),
    format: (value) => value,
  };
}

/** The fields of a state by name. */
export type Schema<S> = { readonly [K in keyof S]: Field<S[K]> };

/** The state that an address holds: missing and senseless entries have their fallback. */
export function readState<S extends object>(schema: Schema<S>, params: URLSearchParams): S {
  const state = {} as S;
  for (const key of Object.keys(schema) as (keyof S & string)[]) {
    const text = params.get(key);
    const field = schema[key];
    state[key] = (text === null ? undefined : field.parse(text)) ?? field.fallback;
  }
  return state;
}

/** The entries that differ from their fallback, in the order of the schema. */
export function writeState<S extends object>(schema: Schema<S>, state: S): URLSearchParams {
  const params = new URLSearchParams();
  for (const key of Object.keys(schema) as (keyof S & string)[]) {
    const field = schema[key];
    const text = field.format(state[key]);
    if (text !== field.format(field.fallback)) params.set(key, text);
  }
  return params;
}
