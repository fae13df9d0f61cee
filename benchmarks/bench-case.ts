/** One thing to time: cases of the same `group` and `size` do the same work and are compared. */
export interface BenchCase {
  /** What is computed, e.g. "walsh-hadamard". */
  readonly group: string;
  /** Who computes it, e.g. "xent" or "ml-matrix". The first case of a group is the reference of its ratios. */
  readonly name: string;
  /** Problem size, for growth with size. */
  readonly size: number;
  /** Floating-point operations that the work cannot do without, for the rate and for growth against theory. */
  readonly operations?: number;
  /** What theory says that the time is proportional to; `operations` where it is not given. */
  readonly law?: number;
  /** Bytes that it must read and write at least. */
  readonly bytes?: number;
  /** The work; may return a promise. */
  run(this: void): unknown;
  /** Too slow to repeat: timed once, and what `run` returns is its note. */
  readonly once?: true;
  /** Why this peer cannot do the work: it is listed with the reason instead of being timed. */
  readonly skip?: string;
  /** A measured number that is not a time, e.g. a count; printed beside the times. */
  note?(this: void): string;
  /** Throws when the result of `run` is wrong; called once before timing. */
  check?(this: void): unknown;
}
