import type { Static } from 'typebox';
import { Check } from 'typebox/schema';
import { jsonBytes } from '../../repository/json-bytes.ts';
import { checkName } from '../../repository/names.ts';
import type { ArtifactStore } from '../../repository/stores/artifact-store.ts';
import { Type } from '../../schema/builder.ts';
import { feedbackFolder, feedbackKey } from './log-keys.ts';

/** What somebody said about a prediction. */
const LabelSchema = Type.Object({
  id: Type.String(),
  model: Type.String(),
  version: Type.Integer({ minimum: 1 }),
  predicted: Type.String(),
  class: Type.String(),
  labelledAt: Type.String(),
  hasImage: Type.Boolean(),
});
export type StoredLabel = Static<typeof LabelSchema>;

/** A label with the copy of the image it is of, if there is one. */
export interface LabelledImage {
  readonly label: StoredLabel;
  readonly image: Uint8Array | undefined;
}

/** What was said about a prediction before; undefined when nothing was, or it cannot be read. */
export async function readLabel(
  store: ArtifactStore,
  model: string,
  id: string,
): Promise<StoredLabel | undefined> {
  const found = await store.read(feedbackKey(model, id, 'label.json'));
  return typeof found === 'object' ? parse(found.body) : undefined;
}

/** Writes the copy of the image, then the label: a label that says so has its image. */
export async function writeLabel(
  store: ArtifactStore,
  label: StoredLabel,
  image: Uint8Array | undefined,
): Promise<void> {
  const { model, id } = label;
  if (image) await store.write(feedbackKey(model, id, 'image'), image);
  await store.write(feedbackKey(model, id, 'label.json'), jsonBytes(label));
}

/** Everything that was said about predictions of a model, in the order of the predictions. */
export async function* readLabelled(
  store: ArtifactStore,
  model: string,
  signal?: AbortSignal,
): AsyncGenerator<LabelledImage> {
  checkName('model name', model);
  const ids = await store.folders(feedbackFolder(model), signal);
  for (const id of ids.toSorted()) {
    const label = await readLabel(store, model, id);
    if (label?.id !== id || label.model !== model) continue;
    const found = label.hasImage
      ? await store.read(feedbackKey(model, id, 'image'), { signal })
      : undefined;
    yield { label, image: typeof found === 'object' ? found.body : undefined };
  }
}

function parse(bytes: Uint8Array): StoredLabel | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return Check(LabelSchema, value) ? value : undefined;
  } catch {
    return undefined;
  }
}
