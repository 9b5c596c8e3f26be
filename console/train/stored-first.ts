import { call } from '../api/call.ts';
import type { Job } from '../api/job-shapes.ts';
import { bodyOf, datasetOf, uploadSource, type Wanted } from './train-request.ts';
import { untilEnded } from './until-ended.ts';

/** The same with files that go along stored as a dataset, since a search takes none: all of its trials learn from the stored one. */
export async function storedFirst(wanted: Wanted): Promise<Wanted> {
  if (wanted.source !== uploadSource) return wanted;
  const name = `${wanted.model || 'digits'}-search`;
  const { id } = await call<Job>('/datasets', {
    method: 'POST',
    ...bodyOf({ name, dataset: datasetOf(wanted) }, wanted),
  });
  const { imported, error } = await untilEnded(id);
  if (!imported) throw new Error(error?.message ?? 'The dataset could not be stored.');
  return { ...wanted, source: `dataset:${imported.name}`, files: [], limit: '' };
}
