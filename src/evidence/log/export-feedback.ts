import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recognise } from '../../image/sniff-format.ts';
import type { ArtifactStore } from '../../repository/stores/artifact-store.ts';
import { readLabelled } from './labelled.ts';

export interface ExportedFeedback {
  /** Labelled images that were written. */
  readonly images: number;
  /** Labels of predictions whose image is not kept: nothing can be learnt from them. */
  readonly withoutImage: number;
  /** What the images were called. */
  readonly classes: readonly string[];
}

/** The list of the images and their classes, beside them. */
const LIST = 'labels.csv';

/** Writes the labelled images of a model as a dataset: files, and a list of their names and classes. */
export async function exportFeedback(
  store: ArtifactStore,
  model: string,
  folder: string,
  signal?: AbortSignal,
): Promise<ExportedFeedback> {
  await mkdir(folder, { recursive: true });
  const rows = ['file,label'];
  const classes = new Set<string>();
  let withoutImage = 0;
  for await (const { label, image } of readLabelled(store, model, signal)) {
    const found = image && recognise(image);
    if (!image || !found || !('format' in found)) {
      withoutImage += 1;
      continue;
    }
    const name = `${label.id}.${found.format}`;
    await writeFile(join(folder, name), image);
    rows.push(`${name},${quoted(label.class)}`);
    classes.add(label.class);
  }
  await writeFile(join(folder, LIST), `${rows.join('\n')}\n`);
  return { images: rows.length - 1, withoutImage, classes: [...classes] };
}

/** A class as one field of CSV (RFC 4180), whatever it is called. */
function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
