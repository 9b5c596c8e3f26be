import { errors } from '../errors.ts';
import type { Preprocessing } from './contract.ts';

/** The size of an image as rows of datasets have it. */
export interface RowShape {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/** The rows of a dataset that a contract makes. GLIMPSE_NOT_OFFERED where they have a channel of alpha, which no dataset has. */
export function rowShapeOf({ width, height, channels }: Preprocessing): RowShape {
  if (channels !== 4) return { width, height, channels };
  throw new errors.GLIMPSE_NOT_OFFERED(
    'the version takes images of 4 channels, and the rows of datasets have 1 or 3.',
  );
}
