/** Machine-readable code of an {@link XentError}. */
export type XentErrorCode = "XENT_DIMENSION" | "XENT_DOMAIN" | "XENT_NOT_CONVERGED";

/**
 * Base of every error that the xent packages throw on purpose. The message names the offending
 * argument, its value and what was expected.
 */
export class XentError extends Error {
  /** Stable code to branch on; messages may change. */
  readonly code: XentErrorCode;

  constructor(code: XentErrorCode, message: string) {
    super(message);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Shapes or lengths that do not fit together. */
export class DimensionError extends XentError {
  constructor(message: string) {
    super("XENT_DIMENSION", message);
  }
}

/** A value outside the set on which the function is defined. */
export class DomainError extends XentError {
  constructor(message: string) {
    super("XENT_DOMAIN", message);
  }
}

/** Thrown only when `throwOnFailure` is set and an iteration did not converge. */
export class NotConvergedError extends XentError {
  constructor(message: string) {
    super("XENT_NOT_CONVERGED", message);
  }
}
