import type { EncodedImages } from '../../datasets/images/encoded-images.ts';
import { exampleSize, type Dataset } from '../../datasets/dataset.ts';
import { createRandom } from '../../random.ts';
import type { Examples } from '../examples/batches.ts';

/** How an example is sent: encoded anew, or as the file it was made of. */
export type SentForm = 'png' | 'jpeg' | 'file';

/** An example that goes through the serving path as an image. */
export interface SentExample {
  readonly examples: Examples;
  readonly index: number;
  readonly form: SentForm;
  /** Whether the figures of the version are of this example too. */
  readonly isMeasured: boolean;
}

/** Most examples that are encoded and sent: a gap of four in a hundred shows, and it takes about half a second. */
const MAX_ENCODED = 300;
/** Most values of pixels of them together, so that large images do not take minutes. */
const MAX_VALUES = 16_000_000;
/** With fewer hardly any gap would be beyond chance: where there are fewer to measure on, others are sent too. */
const ENOUGH = 64;
/** Most files that are sent as they came. */
const MAX_FILES = 100;

export interface SendableExamples {
  /** Those that the figures of the version are of. */
  readonly measured: Examples;
  /** All others of the run, in the order in which they are taken where there are too few. */
  readonly others: readonly Examples[];
  readonly encoded: ReadonlyMap<Dataset, EncodedImages>;
}

/**
 * Which examples are sent, and how: of those that the version is measured on so many that every class is among
 * them, as PNG, as JPEG, and as the file they were made of where it is kept; then more of these files. None is sent
 * twice, and always the same are for the same examples.
 */
export function chooseSent(sendable: SendableExamples): SentExample[] {
  const { measured, others } = sendable;
  const most = Math.floor(MAX_VALUES / exampleSize(measured.dataset.shape));
  const limit = Math.min(MAX_ENCODED, Math.max(ENOUGH, most));
  const sent = spread(measured, limit, sendable);
  for (const more of others) sent.push(...spread(more, ENOUGH - sent.length, sendable));
  return [...sent, ...filesBeside(sent, sendable)];
}

/** At most so many: first one of every class, then each class by its share. */
function spread(
  examples: Examples,
  most: number,
  { measured, encoded }: SendableExamples,
): SentExample[] {
  if (most <= 0) return [];
  const { dataset, indices } = examples;
  const members = new Map<number, number[]>();
  for (const index of createRandom(1).shuffle(indices.slice())) {
    const label = dataset.labels[index]!;
    const known = members.get(label);
    if (known) known.push(index);
    else members.set(label, [index]);
  }
  const files = encoded.get(dataset);
  const isMeasured = examples === measured;
  return [...members]
    .flatMap(([label, own]) =>
      own
        .slice(0, most)
        .map((index, place) => ({ index, turn: place / own.length, mix: place + label })),
    )
    .sort((one, other) => one.turn - other.turn)
    .slice(0, most)
    .map(({ index, mix }) => {
      const forms = files?.has(index) ? FORMS : FORMS.slice(0, 2);
      return { examples, index, isMeasured, form: forms[mix % forms.length]! };
    });
}

/** Taken in turns within a class and among the classes. */
const FORMS = ['png', 'jpeg', 'file'] as const;

/** Files of examples that are not sent yet. */
function filesBeside(
  sent: readonly SentExample[],
  { measured, others, encoded }: SendableExamples,
): SentExample[] {
  return [measured, ...others]
    .flatMap((examples) => {
      const files = encoded.get(examples.dataset);
      if (!files) return [];
      const known = new Set(sent.flatMap((one) => (one.examples === examples ? [one.index] : [])));
      return Array.from(examples.indices)
        .filter((index) => files.has(index) && !known.has(index))
        .map((index) => ({
          examples,
          index,
          form: 'file' as const,
          isMeasured: examples === measured,
        }));
    })
    .slice(0, MAX_FILES);
}
