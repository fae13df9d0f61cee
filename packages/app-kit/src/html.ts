import { colorCss, PAGE_CSS, PLOT_CSS } from "./style.js";
import type { Column } from "./table.js";

/** `text` for use inside HTML or SVG, attribute values included. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** A paragraph of plain text. */
export function paragraph(text: string): string {
  return `<p>${escapeHtml(text)}</p>`;
}

/** A plot with its title above and what it shows, in plain words, below. `svg` is inserted as it is. */
export function figure(options: {
  readonly title: string;
  readonly caption: string;
  readonly svg: string;
}): string {
  return `<figure>
<h3>${escapeHtml(options.title)}</h3>
${options.svg}
<figcaption>${escapeHtml(options.caption)}</figcaption>
</figure>`;
}

/** The few numbers that a reader takes away, large, each with a line on what it is. */
export function factList(
  facts: readonly { readonly value: string; readonly text: string }[],
): string {
  const items = facts.map(
    ({ value, text }) => `<li><strong>${escapeHtml(value)}</strong>${escapeHtml(text)}</li>`,
  );
  return `<ul class="facts">\n${items.join("\n")}\n</ul>`;
}

/** A cell of {@link tableHtml}: text, or text with a verdict that colours it. */
export type Cell = string | { readonly text: string; readonly verdict: "good" | "bad" };

/** A table; `note` stands under it. */
export function tableHtml(options: {
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  readonly note?: string;
}): string {
  const side = (column: Column | undefined): string[] =>
    column?.align === "right" ? ["right"] : [];
  const classAttribute = (names: readonly string[]): string =>
    names.length > 0 ? ` class="${names.join(" ")}"` : "";
  const head = options.columns
    .map((one) => `<th scope="col"${classAttribute(side(one))}>${escapeHtml(one.title)}</th>`)
    .join("");
  const body = options.rows.map((row) => {
    const cells = row.map((cell, j) => {
      const text = typeof cell === "string" ? cell : cell.text;
      const names = [
        ...side(options.columns[j]),
        ...(typeof cell === "string" ? [] : [cell.verdict]),
      ];
      return `<td${classAttribute(names)}>${escapeHtml(text)}</td>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  });
  const note =
    options.note === undefined ? "" : `\n<p class="note">${escapeHtml(options.note)}</p>`;
  return `<div class="table-scroll"><table>
<caption><span>${escapeHtml(options.caption)}</span></caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body.join("\n")}
</tbody></table></div>${note}`;
}

/** A part of the report; `html` holds its paragraphs, figures and tables in order. */
export interface Section {
  readonly title: string;
  readonly html: readonly string[];
}

/** One HTML document that loads nothing: styles and plots are inside, for light and dark schemes. */
export function renderReport(options: {
  readonly title: string;
  readonly lead: string;
  /** HTML between the lead and the first section, e.g. {@link factList}. */
  readonly opening?: string;
  readonly sections: readonly Section[];
  readonly footer: string;
}): string {
  const sections = options.sections.map(
    (section) =>
      `<section>\n<h2>${escapeHtml(section.title)}</h2>\n${section.html.join("\n")}\n</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(options.title)}</title>
<style>
${colorCss(":root")}
${PAGE_CSS}
${PLOT_CSS}
</style>
</head>
<body>
<main>
<h1>${escapeHtml(options.title)}</h1>
<p class="lead">${escapeHtml(options.lead)}</p>
${options.opening ?? ""}
${sections.join("\n")}
<footer>${escapeHtml(options.footer)}</footer>
</main>
</body>
</html>
`;
}
