export { groupBy, leastMedianGreatest, median } from "@xent/app-kit";
