import { DomainError } from "@xent/linalg";

/** Deeper data is refused rather than left to overflow the stack; no payload needs it. */
const MAX_DEPTH = 200;

/**
 * The one text of a JSON value: keys sorted by UTF-16 code units, no white space, numbers and strings as
 * `JSON.stringify` writes them. This is RFC 8785, except that -0 is refused where the RFC writes 0:
 * what has a canonical text comes back from `JSON.parse` as it was, so that equal texts mean equal values.
 *
 * Refused, with the path to it: NaN, infinities, -0, undefined (also as the value of a key, and holes),
 * bigint, functions, symbols and symbol keys, lone surrogates, objects that are not plain (Date, Map,
 * typed arrays), cycles and nesting beyond 200.
 *
 * @throws DomainError
 * Cost: O(n log k) for n characters and k keys in one object.
 *
 * @example
 * ```ts
 * canonicalJson({ b: [1, "x"], a: null }); // '{"a":null,"b":[1,"x"]}'
 * ```
 */
export function canonicalJson(value: unknown): string {
  return write(value, "$", 0);
}

function refuse(path: string, what: string): never {
  throw new DomainError(`${path} is ${what}, which has no canonical JSON`);
}

function write(value: unknown, path: string, depth: number): string {
  if (depth > MAX_DEPTH) refuse(path, `nested more than ${MAX_DEPTH} deep`);
  switch (typeof value) {
    case "string":
      return writeString(value, path);
    case "number":
      if (!Number.isFinite(value)) refuse(path, String(value));
      if (Object.is(value, -0)) refuse(path, "-0");
      return JSON.stringify(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      return Array.isArray(value)
        ? writeArray(value, path, depth)
        : writeObject(value, path, depth);
    case "undefined":
    case "bigint":
    case "function":
    case "symbol":
      return refuse(path, `of type ${typeof value}`);
  }
}

function writeString(text: string, path: string): string {
  // With the u flag a surrogate matches only where it has no partner.
  if (/\p{Surrogate}/u.test(text)) refuse(path, "a string with a lone surrogate");
  return JSON.stringify(text);
}

function writeArray(values: readonly unknown[], path: string, depth: number): string {
  const parts: string[] = [];
  for (let i = 0; i < values.length; i++) parts.push(write(values[i], `${path}[${i}]`, depth + 1));
  return `[${parts.join(",")}]`;
}

function writeObject(value: object, path: string, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  // Another realm's Object.prototype is known by having none above it.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    refuse(path, `no plain object (${value.constructor?.name ?? "of a class"})`);
  }
  if (Object.getOwnPropertySymbols(value).length > 0)
    refuse(path, "an object with a symbol as key");
  const record = value as Record<string, unknown>;
  const parts = Object.keys(record)
    .sort()
    .map((key) => {
      const at = `${path}.${key}`;
      return `${writeString(key, at)}:${write(record[key], at, depth + 1)}`;
    });
  return `{${parts.join(",")}}`;
}
