import type { CancelSignal } from '../../cancellation.ts';
import type { PageRule } from '../../preprocessing/steps.ts';
import type { WorkerPool } from '../../worker-pool.ts';
import type { Assembly } from '../assembly/open-assembly.ts';
import type { InkTask } from '../canonicalise-worker.ts';
import { canonicalise, type CanonicalDigit } from '../handwriting/canonicalise.ts';
import { digitInJpeg } from '../handwriting/digit-in-jpeg.ts';
import type { PlaneLoops } from '../handwriting/plane-loops.ts';
import { isQuick, type LoneWork } from './lone-work.ts';
import { sizeOf, type JpegHead } from '../jpeg/scan-head.ts';
import type { Raster } from '../raster.ts';

/** What a thread looks for ink with. */
export interface InkWork {
  readonly assembly: Assembly;
  readonly planes: PlaneLoops;
}

type Found = Promise<CanonicalDigit | undefined>;

/** Finds the digits of pictures, undefined where the data of an ordinary JPEG is not beyond doubt. */
export function createDigitFinding(
  threads: Pick<WorkerPool<InkTask, CanonicalDigit | undefined>, 'run'>,
  here: () => InkWork | undefined,
  alone: LoneWork,
) {
  return {
    in(image: Raster, page: PageRule, signal: CancelSignal | undefined): Found {
      const own = isQuick(image) ? here() : undefined;
      return alone(own && (() => canonicalise(image, own.planes, page)), () =>
        threads.run({ image, page }, { signal }),
      );
    },
    inJpeg(
      file: Uint8Array,
      head: JpegHead,
      page: PageRule,
      signal: CancelSignal | undefined,
    ): Found {
      const own = isQuick(sizeOf(head), file.length) ? here() : undefined;
      return alone(own && (() => digitInJpeg(own.assembly, own.planes, file, page, head)), () => {
        // A copy, as it moves to the thread: the file may be a part of something larger.
        const jpeg = new Uint8Array(file);
        return threads.run({ jpeg, page }, { signal, transfer: [jpeg.buffer] });
      });
    },
  };
}
