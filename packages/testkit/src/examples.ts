/** A fenced `ts` block of a page. */
export interface Example {
  readonly code: string;
  /** Line of its first line of code, counted from 1. */
  readonly line: number;
  /** What the code says that it prints: the text after `// =>`, in order. */
  readonly printed: readonly string[];
}

/** The fenced `ts` blocks of `markdown`, in order. */
export function examplesOf(markdown: string): Example[] {
  const lines = markdown.split("\n");
  const examples: Example[] = [];
  for (let i = 0; i < lines.length; i++) {
    if (lines[i]!.trim() !== "```ts") continue;
    const start = i + 1;
    while (i + 1 < lines.length && lines[++i]!.trim() !== "```");
    const body = lines.slice(start, i);
    const printed = body.flatMap((l) => {
      const at = l.indexOf("// => ");
      return at < 0 ? [] : [l.slice(at + 6).trim()];
    });
    examples.push({ code: body.join("\n"), line: start + 1, printed });
  }
  return examples;
}
