import katex from "katex";
import type { Plugin } from "vite";

const FORMULA = /<Tex>\s*(?:\{\s*("(?:[^"\\]|\\.)*")\s*\}|([^<{]+))\s*<\/Tex>/g;

/**
 * Typesets the formulas when the site is built: `<Tex>{"\\rho"}</Tex>` becomes its HTML, with MathML for
 * screen readers. The page then needs the style sheet and the fonts of KaTeX, but not KaTeX.
 */
export function formulas(): Plugin {
  return {
    name: "xent-lab-formulas",
    enforce: "pre",
    transform(code, id) {
      if (!id.endsWith(".tsx") || !code.includes("<Tex>")) return null;
      const out = code.replace(
        FORMULA,
        (_, literal: string | undefined, text: string | undefined) => {
          const tex = literal === undefined ? text!.trim() : (JSON.parse(literal) as string);
          const html = katex.renderToString(tex, { throwOnError: true });
          return `<Tex html={${JSON.stringify(html)}} />`;
        },
      );
      if (out.includes("<Tex>")) this.error(`a formula in ${id} is not a literal`);
      return { code: out, map: null };
    },
  };
}
