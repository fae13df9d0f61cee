/** Building blocks of self-contained HTML reports. */
export * from "./html.js";
export * from "./line-chart.js";
export * from "./plot.js";
export * from "./style.js";
