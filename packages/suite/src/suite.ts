import type { AnyInvariant } from "@xent/invariants";

/** The invariants of one package with the implementation that they are measured on. */
export interface Suite<Subject = unknown> {
  /** Short name of the package, e.g. "linalg". */
  readonly package: string;
  readonly invariants: readonly AnyInvariant<Subject>[];
  readonly subject: Subject;
}

/** Which invariants of which packages are meant; every part narrows the choice. */
export interface Filter {
  /** Exact short name of a package. */
  readonly package?: string;
  /** Text that the id contains. */
  readonly id?: string;
  /** Text that the source contains, e.g. "[G]". */
  readonly source?: string;
}

/** One invariant with its subject, out of a suite. */
export interface Selected {
  readonly package: string;
  readonly invariant: AnyInvariant<unknown>;
  readonly subject: unknown;
}

/** The invariants of `suites` that `filter` admits, in the order of the suites. */
export function select(suites: readonly Suite[], filter: Filter = {}): Selected[] {
  return suites.flatMap((suite) =>
    suite.invariants
      .filter(
        (invariant) =>
          (filter.package === undefined || suite.package === filter.package) &&
          (filter.id === undefined || invariant.id.includes(filter.id)) &&
          (filter.source === undefined || invariant.source.includes(filter.source)),
      )
      .map((invariant) => ({ package: suite.package, invariant, subject: suite.subject })),
  );
}
