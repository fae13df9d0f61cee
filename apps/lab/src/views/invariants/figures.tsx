import { dot, plot, pointer, ruleX, tip } from "@observablehq/plot";
import { Figure } from "../../figures/figure.js";
import { logAxis, plotDefaults } from "../../figures/plot-defaults.js";
import type { Outcome, Statement } from "./compute.js";

interface OverviewProps {
  readonly statements: readonly Statement[];
  readonly outcomes: ReadonlyMap<string, Outcome>;
}

/** Below this share of the tolerance a dot lies at the left edge. */
const LEAST = 1e-6;

/** The worst error of every statement, package by package. */
export function OverviewFigure({ statements, outcomes }: OverviewProps) {
  const rows = statements.flatMap((s) => {
    const outcome = outcomes.get(s.id);
    if (outcome === undefined || outcome.cases === 0) return [];
    const { worstRatio } = outcome;
    return [
      {
        package: s.package,
        id: s.id,
        x: Math.min(10, Math.max(LEAST, worstRatio)),
        worstRatio,
        failed: outcome.status === "fails",
      },
    ];
  });
  const names = [...new Set(statements.map((s) => s.package))];
  const draw = (width: number) =>
    plot({
      ...plotDefaults(width),
      marginLeft: 112,
      height: 70 + 32 * names.length,
      x: { ...logAxis([LEAST, 10]), label: "worst error over tolerance →" },
      y: { type: "point", domain: names, label: null },
      marks: [
        ruleX([1], { stroke: "var(--series-4)", strokeWidth: 1.5 }),
        dot(rows, {
          x: "x",
          y: "package",
          r: 4,
          fill: (r: { failed: boolean }) => (r.failed ? "var(--series-4)" : "var(--series-0)"),
          fillOpacity: 0.55,
        }),
        tip(
          rows,
          pointer({
            x: "x",
            y: "package",
            title: (r: { id: string; worstRatio: number }) =>
              `${r.id}\n${r.worstRatio.toPrecision(3)}`,
            fill: "var(--paper)",
          }),
        ),
      ],
    });
  return (
    <Figure
      name="overview"
      title="Worst error of every statement"
      description={`Worst error over tolerance of ${rows.length} statements on a logarithmic axis, by package.`}
      plot={draw}
      deps={[outcomes]}
      table={() => ({
        columns: ["package", "id", "status", "cases", "worst ratio"],
        rows: statements.map((s) => {
          const outcome = outcomes.get(s.id);
          return [
            s.package,
            s.id,
            outcome?.status ?? "waiting",
            outcome?.cases,
            outcome?.worstRatio,
          ];
        }),
      })}
      caption="The line is the tolerance, which is derived from rounding and never tuned. An error of zero lies at the left edge."
    />
  );
}
