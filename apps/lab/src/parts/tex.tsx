import "katex/dist/katex.min.css";

interface TexProps {
  /** LaTeX, as it is written in the sources; always a literal. */
  readonly children?: string;
  /** What the build puts in its place: see formulas.ts. */
  readonly html?: string;
}

/** A typeset formula, with MathML for screen readers. */
export function Tex({ children, html }: TexProps) {
  if (html === undefined) return <span class="tex">{children}</span>;
  return <span class="tex" dangerouslySetInnerHTML={{ __html: html }} />;
}
