import { setImmediate } from 'node:timers/promises';
import { bandSamples, samplesIn } from '../framing/frame-raster.ts';
import type { RasterSize } from '../raster.ts';

/** Does something here or has others do it, and gives what comes out. */
export type LoneWork = <Result>(
  here: (() => Result) | undefined,
  elsewhere: () => Promise<Result>,
) => Promise<Result>;

/**
 * What comes alone and takes a millisecond is done on this thread, as asking another takes a third of that; of several at once,
 * threads have them, and this one goes on answering.
 */
export function createLoneWork(): LoneWork {
  let asked = 0;
  return async (here, elsewhere) => {
    asked += 1;
    try {
      // Whatever has arrived at the same time is asked for until then.
      await setImmediate();
      return asked === 1 && here ? here() : await elsewhere();
    } finally {
      asked -= 1;
    }
  };
}

/** A longer file takes longer to decode than others should wait. */
const quickBytes = 128 * 1024;

/** Whether a file of so many bytes, or pixels without one, takes no longer than others can wait. */
export const isQuick = (size: RasterSize, fileBytes = 0): boolean =>
  fileBytes <= quickBytes && samplesIn(size) <= bandSamples;
