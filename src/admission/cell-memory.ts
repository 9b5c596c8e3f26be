import { setTimeout as delay } from 'node:timers/promises';
import type { CellMemory } from '../account.ts';
import { errors } from '../errors.ts';

export interface CellMemoryOptions {
  /** Bytes that cells may have, all together; asked whenever one wants some. */
  readonly capacity: () => number;
  /** How long a cell that is to be started waits for memory. */
  readonly waitMs?: number;
  /** A cell was not started, or was ended, for want of memory. */
  readonly onRefuse?: () => void;
}

/** What all cells of this process have reserved. */
export interface SharedCellMemory extends CellMemory {
  readonly reserved: number;
}

/** A version that is replaced gives its memory back within seconds, requests give theirs back all the time. */
const usualWaitMs = 10_000;
const lookAgainMs = 100;

/** Memory that cells share. It is reserved before they are started, so that together they never have more than there is. */
export function createCellMemory({
  capacity,
  waitMs = usualWaitMs,
  onRefuse = () => {},
}: CellMemoryOptions): SharedCellMemory {
  let reserved = 0;
  const take = (bytes: number): boolean => {
    if (reserved + bytes > capacity()) return false;
    reserved += bytes;
    return true;
  };
  const full = (bytes: number): Error => {
    onRefuse();
    const free = Math.max(0, Math.floor(capacity() - reserved));
    return new errors.GLIMPSE_CELLS_FULL(Math.ceil(bytes), free);
  };
  return {
    get reserved() {
      return reserved;
    },
    async reserve(bytes, signal) {
      const giveUpAt = performance.now() + waitMs;
      while (!take(bytes)) {
        if (signal?.aborted) throw new errors.GLIMPSE_DRAINING();
        // Where no other cell has anything to give back, there is nothing to wait for.
        if (reserved === 0 || performance.now() >= giveUpAt) throw full(bytes);
        await delay(Math.min(lookAgainMs, waitMs));
      }
      let own = bytes;
      return {
        get bytes() {
          return own;
        },
        extendTo(least, most) {
          for (const wanted of [most, least]) {
            if (wanted > own && !take(wanted - own)) continue;
            own = Math.max(own, wanted);
            return undefined;
          }
          return full(least);
        },
        release() {
          reserved -= own;
          own = 0;
        },
      };
    },
  };
}
