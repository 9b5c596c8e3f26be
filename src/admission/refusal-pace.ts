/** How often refusals that wait are sent. */
const everyMs = 10;
/** So many are sent at once in that time; each costs a fifth of a millisecond. */
const fewest = 10;
/** Of more that wait this share is sent each time, so that none waits for much longer than a tenth of a second. */
const share = 0.1;

/**
 * Paces refusals. A caller that asks again as soon as it is refused costs nearly as much as one that is answered: a few
 * hundred of them would have the event loop do nothing else.
 */
export class RefusalPace {
  readonly #waiting: (() => void)[] = [];
  #left = fewest;
  #timer: NodeJS.Timeout | undefined;

  /** Nothing where a refusal may be sent at once; else what resolves when it may. */
  take(): Promise<void> | undefined {
    this.#timer ??= setInterval(this.#send, everyMs);
    if (this.#left > 0) {
      this.#left -= 1;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  readonly #send = (): void => {
    if (this.#waiting.length === 0 && this.#left === fewest) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const count = Math.max(fewest, Math.ceil(this.#waiting.length * share));
    const sent = this.#waiting.splice(0, count);
    this.#left = Math.max(0, fewest - sent.length);
    for (const resolve of sent) resolve();
  };
}
