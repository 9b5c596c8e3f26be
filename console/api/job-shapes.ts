/** What the console reads of jobs, as openapi.yaml says it. */
import type { Schemas } from '../../src/client/call.ts';

export type Epoch = Schemas['Epoch'];
export type DatasetLook = Schemas['DatasetLook'];
export type Mistakes = Schemas['Mistakes'];
export type Job = Schemas['Job'];
export type NamedDataset = Schemas['NamedDataset'];

/** What a training was asked for, its defaults filled in; undefined for a job of another kind. */
export function trainingOf({ request }: Job): Schemas['DecidedTrainRequest'] | undefined {
  return 'architecture' in request ? request : undefined;
}
