/** What the tests of faults did, for the one line that they print. */
export class Ledger {
  jobs = 0;
  faults = 0;
  losses = 0;
  doubles = 0;

  /**
   * Counts a campaign of `planned` jobs whose results were told `told` times.
   * @param known - jobs with a result or a failure at the end.
   */
  count(planned: number, known: number, faults: number, doubles: number): void {
    this.jobs += planned;
    this.faults += faults;
    this.losses += planned - known;
    this.doubles += doubles;
  }

  toString(): string {
    return `queue faults: ${this.jobs} jobs, ${this.faults} faults injected, losses ${this.losses}, counted twice ${this.doubles}`;
  }
}
