// How often a server that stopped by itself is started again.

/** A server that stops more often than that within the window has a fault that starting again does not cure. */
const most = 4;
const window = 3 * 60_000;

export class Crashes {
  private times: number[] = [];
  total = 0;

  /** Notes a crash; says whether to start again. */
  startAgain(now: number): boolean {
    this.total += 1;
    this.times = [...this.times.filter((time) => now - time < window), now];
    return this.times.length <= most;
  }

  /** The user wants it tried afresh. */
  forget(): void {
    this.times = [];
  }
}
