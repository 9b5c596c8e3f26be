import { posix } from 'node:path';
import type { OpenedDataset } from '../open.ts';
import type { Preprocessing } from '../../preprocessing/contract.ts';
import { atRow } from './findings.ts';
import type { RowObservations } from './observe-rows.ts';

/** Which part an example plays in training. */
export type Part = 'training' | 'validation' | 'test';

/** A dataset that was read, with what is known of its rows. */
export interface LookedAt {
  readonly opened: OpenedDataset;
  readonly rows: RowObservations;
  readonly partOf: (index: number) => Part;
  /** What its examples are called by. */
  readonly nameOf: (index: number) => string;
  readonly preprocessing: Preprocessing;
}

/** Names examples by their file or line; those of a folder that lies apart begin with that. */
export function namesOf(
  rows: RowObservations,
  folder: string | undefined,
): (index: number) => string {
  return (index) => {
    const name = atRow(rows.locations.of(index));
    return folder === undefined ? name : posix.join(folder, name);
  };
}
