import { createArrivals, type Arrivals } from '../admission/arrivals.ts';
import { EventLoopTurns } from '../admission/event-loop-turns.ts';
import type { Ledger } from '../admission/ledger.ts';
import type { Config } from '../config.ts';
import type { ImagePreparer } from '../image/prepare-image.ts';
import type { Metrics } from '../metrics/metrics.ts';

/** What predict calls may have: whether they are let in, their memory, and their turns at the event loop. */
export interface Admission {
  readonly ledger: Ledger;
  readonly arrivals: Arrivals;
  readonly turns: EventLoopTurns;
}

/** What is let in has to pass three stages, each with a queue: reading, decoding, and the model itself. */
export function openAdmission(
  { GLIMPSE_MAX_IMAGES_PER_REQUEST: mostImages }: Config,
  metrics: Pick<Metrics, 'countRefusal'>,
  images: Pick<ImagePreparer, 'waitMs'>,
  { ledger }: Pick<Admission, 'ledger'>,
): Admission {
  const turns = new EventLoopTurns();
  const arrivals = createArrivals({
    mostImages,
    stages: [() => turns.waitMs, (flow) => images.waitMs(flow)],
    onRefuse: ({ model, reason, priority }) => metrics.countRefusal(model, reason, priority),
  });
  return { ledger, arrivals, turns };
}
