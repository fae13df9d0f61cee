// A TypeDoc plugin: formulas in docstrings and READMEs are written as on a keyboard (x_i, A^T, lambda, <=), so that they read
// well in an editor; on the site they are typeset, by the same rules as the statements of the invariants. Code is left alone; a
// formula that stands in backquotes for the sake of Markdown (which would take its stars and underscores) is none.
import { MarkdownEvent } from "typedoc";
import { typeset } from "../packages/suite/dist/typeset.js";

const VERBATIM = /^<(\/?)(?:code|pre|svg|math|script|style)\b/i;
const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"', "&#39;": "'" };

const plain = (html) => html.replace(/&(?:lt|gt|amp|quot|#39);/g, (entity) => ENTITIES[entity]);

/** Marks or Greek letters and an operator, and nothing that only programs have. */
function isFormula(code) {
  const marked =
    /[A-Za-z)|][_^][A-Za-z0-9(*-]|\b(?:lambda|rho|tau|sigma|pi|Delta|phat|qhat)\b/.test(code);
  const operates = / [-+*/=<>|]=? |[\^|]/.test(code);
  return marked && operates && !/["'`{}[\];]|=>|[a-z][A-Z]|\.[a-z]|--|[A-Z]{3}|:/.test(code);
}

/** The text between the tags of `html`, typeset where it is prose or a formula. */
export function typesetHtml(html) {
  let depth = 0;
  return html
    .replace(/(<pre[\s\S]*?<\/pre>)|<code>([^<]*)<\/code>/g, (whole, block, code) =>
      block === undefined && isFormula(plain(code)) ? `<i>${code}</i>` : whole,
    )
    .split(/(<[^>]*>)/)
    .map((part) => {
      const tag = VERBATIM.exec(part);
      if (tag !== null) depth += tag[1] === "/" ? -1 : 1;
      return part.startsWith("<") || depth > 0 ? part : typeset(plain(part));
    })
    .join("");
}

export function load(app) {
  // Below the priority of the parser, which turns Markdown into HTML.
  app.renderer.on(
    MarkdownEvent.PARSE,
    (event) => {
      event.parsedText = typesetHtml(event.parsedText);
    },
    -1000,
  );
}
