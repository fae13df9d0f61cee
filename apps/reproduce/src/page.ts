import { escapeHtml, factList, figure, paragraph, renderReport, tableHtml } from "@xent/app-kit";
import type { Budget, NotRun, Verdict } from "./contract.js";
import { measured, paperValue } from "./finding-table.js";
import type { Outcome } from "./outcome.js";

const VERDICTS: readonly Verdict[] = ["agrees", "partly", "differs"];

/** What the numbers of a smaller budget are worth. */
const REDUCED: Readonly<Record<Exclude<Budget, "full">, string>> = {
  smoke: "which shows that everything runs: its numbers mean nothing",
  quick: "with fewer seeds, steps and settings than full",
};

/** One page: the paper's value beside ours, and where they differ. */
export function page(
  outcomes: readonly Outcome[],
  notRun: readonly NotRun[],
  budget: Budget,
): string {
  const all = outcomes.flatMap((o) => o.findings);
  const facts = VERDICTS.map((verdict) => ({
    value: String(all.filter((f) => f.verdict === verdict).length),
    text: {
      agrees: "findings agree with the paper",
      partly: "agree in part, or in kind and not in size",
      differs: "differ from the paper",
    }[verdict],
  }));
  return renderReport({
    title: "Three papers, repeated on a CPU",
    lead:
      `Budget ${budget}${budget === "full" ? "" : `, ${REDUCED[budget]}`}. ` +
      "Each claim of the papers that fits here, with the paper's value beside ours: median over seeds, least and greatest in " +
      "brackets. The verdict is about what was run here, on handwritten digits and synthetic data.",
    opening: factList(facts),
    sections: [
      ...outcomes.map((o) => section(o, budget)),
      {
        title: "Not run here",
        html: notRun.map(
          (n) =>
            `<p>${escapeHtml(`${n.title} (${n.paper}). Needs ${n.needs}. Given that:`)} <code>${escapeHtml(n.command)}</code></p>`,
        ),
      },
    ],
    footer: `xent-reproduce, budget ${budget}. The same budget gives the same numbers.`,
  });
}

function section(
  { experiment, findings, drawings, seeds }: Outcome,
  budget: Budget,
): { title: string; html: string[] } {
  const { claims, method, paper, title } = experiment;
  const says = claims.map(
    (c) =>
      `<li>${escapeHtml(`${c.says} (${c.where}${c.value === undefined ? "" : `: ${c.value}`})`)}</li>`,
  );
  const colour = { agrees: "good", partly: undefined, differs: "bad" } as const;
  const remarks = findings.flatMap((f) => (f.remark === undefined ? [] : [f.remark]));
  return {
    title: `${title} ${paper.slice(0, 3)}`,
    html: [
      paragraph(method),
      `<p>The paper says:</p><ul>${says.join("")}</ul>`,
      tableHtml({
        caption: `Paper and here, budget ${budget}, ${seeds.length} seed${seeds.length === 1 ? "" : "s"}`,
        columns: [
          { title: "quantity" },
          { title: "paper", align: "right" },
          { title: "here", align: "right" },
          { title: "verdict" },
        ],
        rows: findings.map((f) => {
          const verdict = colour[f.verdict];
          return [
            f.quantity,
            paperValue(f, claims),
            measured(f),
            verdict === undefined ? f.verdict : { text: f.verdict, verdict },
          ];
        }),
      }),
      ...(remarks.length === 0
        ? []
        : [
            `<p>Where it differs, and why:</p><ul>${remarks.map((r) => `<li>${escapeHtml(r)}</li>`).join("")}</ul>`,
          ]),
      ...drawings.map((d) => figure(d)),
    ],
  };
}
