export { type Column, formatNumber, formatPercent, textTable } from "@xent/app-kit";
