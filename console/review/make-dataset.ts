import { call, send } from '../api/call.ts';
import type { Job } from '../api/job-shapes.ts';
import type { Version } from '../api/shapes.ts';
import { untilEnded } from '../train/until-ended.ts';
import { tarOf, type TarEntry } from './tar.ts';

export interface Labelled {
  readonly id: string;
  readonly version: number;
  readonly class: string;
}

const ends: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/avif': 'avif',
  'image/tiff': 'tiff',
};

/**
 * Stores labelled pictures as a dataset, prepared as the version that has answered them prepares them; its address is what a
 * training takes. Pictures that are not kept are left out, and counted.
 */
export async function makeDataset(
  model: string,
  name: string,
  labelled: readonly Labelled[],
): Promise<{ readonly uri: string; readonly pictures: number; readonly missing: number }> {
  const of = `/models/${encodeURIComponent(model)}`;
  const found = await Promise.all(labelled.map((each) => entryOf(of, each)));
  const entries = found.filter((entry) => entry !== undefined);
  if (entries.length === 0) throw new Error('The server keeps none of these pictures.');
  const newest = Math.max(...labelled.map(({ version }) => version));
  const { preprocessing } = await call<Version>(`${of}/versions/${newest}`);
  const form = new FormData();
  const { width, height, channels, ...others } = preprocessing ?? {};
  // Named, since a few labels of many classes look like ids; those without a picture would be refused.
  const kept = labelled.filter((_, at) => found[at] !== undefined);
  const classes = [...new Set(kept.map((each) => each.class))].toSorted();
  const dataset = { format: 'images', shape: { width, height, channels }, classes };
  form.set('request', JSON.stringify({ name, dataset, preprocessing: others }));
  form.set('dataset', tarOf(entries), `${name}.tar`);
  const { id } = await call<Job>('/datasets', { method: 'POST', body: form });
  const job = await untilEnded(id);
  if (!job.imported) throw new Error(job.error?.message ?? 'The dataset could not be stored.');
  return {
    uri: `dataset:${job.imported.name}`,
    pictures: entries.length,
    missing: labelled.length - entries.length,
  };
}

async function entryOf(of: string, { id, class: name }: Labelled): Promise<TarEntry | undefined> {
  try {
    const response = await send(`${of}/predictions/${id}/image`);
    const end = ends[response.headers.get('content-type')?.split(';')[0] ?? ''] ?? 'png';
    const bytes = new Uint8Array(await response.arrayBuffer());
    // The folder is the class; a name that leads elsewhere is none.
    return { name: `${name.replaceAll(/[/\\]/g, '_')}/${id}.${end}`, bytes };
  } catch {
    return undefined;
  }
}
