export { describeError, exitCodeOf, systemReason, UsageError } from "@xent/app-kit";
