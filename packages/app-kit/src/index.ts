/** What the apps of this repository share: digits, reports, tables, files, progress; not published. */

export {
  CLASS_COUNT,
  type Digits,
  type DigitsSplit,
  type IndexedDigitsSplit,
  imageOf,
  PIXEL_COUNT,
  parseDigits,
  selectDigits,
  splitDigits,
} from "./digits.js";
export { describeError, exitCodeOf, systemReason, UsageError } from "./errors.js";
export {
  type Cell,
  escapeHtml,
  factList,
  figure,
  paragraph,
  renderReport,
  type Section,
  tableHtml,
} from "./html.js";
export {
  type Axis,
  type LineChartOptions,
  lineChart,
  type Rule,
  responsiveLineChart,
  type Series,
} from "./line-chart.js";
export { jsonDocument, print } from "./output.js";
export { type LegendEntry, plotSvg, standaloneSvg } from "./plot.js";
export { createProgress, type Progress } from "./progress.js";
export { loadDigits } from "./read-digits.js";
export { groupBy, leastMedianGreatest, median } from "./statistics.js";
export { colorCss, FONT, PAGE_CSS, PLOT_CSS, type SeriesColor, seriesColor } from "./style.js";
export { type Column, formatNumber, formatPercent, textTable } from "./table.js";
export { requireWritable, writeFileWhole } from "./write-file.js";
