import { formatNumber, formatPercent, leastMedianGreatest, textTable } from "@xent/app-kit";
import type { Claim, Finding } from "./contract.js";
import type { Outcome } from "./outcome.js";

/** Median, with least and greatest where there are several seeds. */
export function measured(finding: Finding): string {
  const format = finding.format === "percent" ? formatPercent : (x: number) => formatNumber(x);
  const [least, middle, greatest] = leastMedianGreatest(finding.values);
  return finding.values.length === 1
    ? format(middle)
    : `${format(middle)} (${format(least)} to ${format(greatest)})`;
}

/** The paper's value of a finding, or what its claim says in its place. */
export function paperValue(finding: Finding, claims: readonly Claim[]): string {
  const claim = claims.find((c) => c.id === finding.claim);
  return finding.paper ?? claim?.value ?? "no number";
}

/** The findings as text. */
export function findingTable({ experiment, findings }: Outcome): string {
  const rows = findings.map((f) => [
    f.quantity,
    paperValue(f, experiment.claims),
    measured(f),
    f.verdict,
  ]);
  const columns = [
    { title: "quantity" },
    { title: "paper", align: "right" as const },
    { title: "here (least to greatest)", align: "right" as const },
    { title: "verdict" },
  ];
  const remarks = findings.flatMap((f) => (f.remark === undefined ? [] : [`- ${f.remark}`]));
  return [`${experiment.name}  ${experiment.paper}`, textTable(columns, rows), ...remarks].join(
    "\n",
  );
}
