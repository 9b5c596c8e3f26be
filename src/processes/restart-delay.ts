/** A process that lived so long had its start behind it: what ended it is looked at as the first time. */
const settledMs = 60_000;
const longestDelayMs = 30_000;

/** How long a process that died is not started again; each death soon after a start doubles it. */
export class RestartDelay {
  #deaths = 0;

  next(livedMs: number): number {
    this.#deaths = livedMs >= settledMs ? 1 : this.#deaths + 1;
    return this.#deaths === 1 ? 0 : Math.min(longestDelayMs, 500 * 2 ** (this.#deaths - 2));
  }
}
