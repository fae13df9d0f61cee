import { useEffect, useRef } from "preact/hooks";

let library:
  | Promise<{ default: { render(tex: string, element: HTMLElement, options: object): void } }>
  | undefined;

function load() {
  library ??= Promise.all([import("katex"), import("katex/dist/katex.min.css")]).then(
    ([katex]) => katex,
  );
  return library;
}

interface TexProps {
  /** LaTeX. */
  readonly children: string;
  readonly display?: boolean;
}

/** A typeset formula, with MathML for screen readers; its source stands in until the library has come. */
export function Tex({ children, display = false }: TexProps) {
  const element = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    let here = true;
    void load().then(({ default: katex }) => {
      if (here && element.current) {
        katex.render(children, element.current, { displayMode: display, throwOnError: false });
      }
    });
    return () => {
      here = false;
    };
  }, [children, display]);
  return (
    <span class={display ? "tex display" : "tex"}>
      <span ref={element}>{children}</span>
    </span>
  );
}
