import type { ComponentChildren } from "preact";

/** A place in the sources that the reader view shows. */
export interface SourceLink {
  readonly kind: "Theorem" | "Invariant" | "Code";
  readonly text: string;
  readonly file: string;
  /** Text of the line to open at. */
  readonly at: string;
}

interface ExplanationProps {
  readonly children: ComponentChildren;
  readonly links: readonly SourceLink[];
}

/** Three sentences, and where they come from. */
export function Explanation({ children, links }: ExplanationProps) {
  return (
    <section class="explanation" aria-label="What this shows">
      <p>{children}</p>
      <ul class="sources">
        {links.map((link) => (
          <li key={link.kind + link.at}>
            <span class="kind">{link.kind}</span>
            <a href={`#/read?${new URLSearchParams({ file: link.file, at: link.at }).toString()}`}>
              {link.text}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
