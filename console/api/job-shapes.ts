/** What the console reads of jobs, as openapi.yaml says it. */
import type { Schemas } from '../../src/client/call.ts';

export type Epoch = Schemas['Epoch'];
export type DatasetLook = Schemas['DatasetLook'];
export type Mistakes = Schemas['Mistakes'];
export type Job = Schemas['Job'];
export type NamedDataset = Schemas['NamedDataset'];
export type Search = Schemas['DecidedSearchRequest'];
export type SearchRange = Schemas['SearchRange'];
export type SearchTrial = Schemas['SearchTrial'];

/** What a training, or the trial of a search, was asked for, its defaults filled in; undefined for a job of another kind. */
export function trainingOf({ request }: Job): Schemas['DecidedTrainRequest'] | undefined {
  if ('architecture' in request) return request;
  return 'trial' in request ? request.train : undefined;
}

/** What a search was asked for; undefined for a job of another kind. */
export function searchOf({ request }: Job): Search | undefined {
  return 'ranges' in request ? request : undefined;
}
