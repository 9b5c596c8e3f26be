/** A batch on its way: the runtime has it, and nobody has its results yet. */
export interface Flight {
  /**
   * When the runtime can have begun with it: it takes batches in their order, one after the other. Known when the
   * flight has ended.
   */
  startedAt: number;
  /** A batch that was on its way at the same time has failed. */
  isBesideFailure: boolean;
}

export interface Flights {
  begin(): Flight;
  /** Its results are there, or it failed. */
  end(flight: Flight, hasFailed: boolean): void;
  /** Resolves as soon as none is on its way. */
  ended(): Promise<void>;
}

/**
 * Follows the batches that a runtime has at the same time: one that runs, and one that lies ready behind it. The
 * time of the second counts from the end of the first, and when both come back without a result the second
 * may never have been looked at.
 */
export function createFlights(): Flights {
  const open = new Set<Flight>();
  const waiting: (() => void)[] = [];
  let lastEndedAt = 0;
  return {
    begin() {
      const flight = { startedAt: performance.now(), isBesideFailure: false };
      open.add(flight);
      return flight;
    },
    end(flight, hasFailed) {
      open.delete(flight);
      flight.startedAt = Math.max(flight.startedAt, lastEndedAt);
      lastEndedAt = performance.now();
      if (hasFailed) for (const other of open) other.isBesideFailure = true;
      if (open.size === 0) for (const resolve of waiting.splice(0)) resolve();
    },
    async ended() {
      if (open.size > 0) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}
