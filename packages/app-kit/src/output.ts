/**
 * One JSON document. Typed arrays become arrays; NaN and infinities, which JSON does not know, become null.
 */
export function jsonDocument(value: unknown): string {
  const plain = (_key: string, item: unknown): unknown =>
    item instanceof Float64Array || item instanceof Int32Array ? Array.from(item) : item;
  return `${JSON.stringify(value, plain, 2)}\n`;
}

/** Writes to stdout: results only, so that they can be piped. Progress and times go to stderr. */
export function print(text: string): void {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}
