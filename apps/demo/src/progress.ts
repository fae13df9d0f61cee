export { createProgress, type Progress } from "@xent/app-kit";
