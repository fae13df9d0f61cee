import { XentError } from "@xent/linalg";

/** Input of the command line that cannot be used: one line on stderr, exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** Commander's error, whichever copy of commander threw it: each app may have its own. */
function commanderExit(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, exitCode } = error as { code?: unknown; exitCode?: unknown };
  const known = typeof code === "string" && code.startsWith("commander.");
  return known && typeof exitCode === "number" ? exitCode : undefined;
}

/** Exit code 2 is bad input (ours, commander's or a package's typed error); 1 is a fault of the program. */
export function exitCodeOf(error: unknown): number {
  const exit = commanderExit(error);
  if (exit !== undefined) return exit === 0 ? 0 : 2;
  return error instanceof UsageError || error instanceof XentError ? 2 : 1;
}

/** What a person reads: one line for bad input, the stack for a fault of the program. */
export function describeError(error: unknown): string {
  if (exitCodeOf(error) === 2 && error instanceof Error) {
    return `error: ${error.message.replaceAll(/\s*\n\s*/g, " ")}`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The system's reason ("no such file or directory") of a failed file operation. */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node writes "ENOENT: no such file or directory, open '/x'".
  const match = /^[A-Z0-9_]+: ([^,]+)/.exec(error.message);
  return match?.[1] ?? error.message;
}
