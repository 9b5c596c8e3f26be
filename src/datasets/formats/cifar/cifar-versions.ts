import { posix } from 'node:path';
import { cifarOfName, formatOfName, isPickledCifar } from '../../file-names.ts';
import type { DatasetFile } from '../../source.ts';

/** One of the two datasets that are called CIFAR. */
export interface CifarVersion {
  readonly title: string;
  /** How many classes each byte before the pixels tells apart; the last of them is the label. */
  readonly labels: readonly number[];
  /** The file beside it with the name of a class on each line, and the one of its Python version. */
  readonly namesFile: string;
  readonly pickledNamesFile: string;
}

export const cifarVersions: Readonly<Record<10 | 100, CifarVersion>> = {
  10: {
    title: 'CIFAR-10',
    labels: [10],
    namesFile: 'batches.meta.txt',
    pickledNamesFile: 'batches.meta',
  },
  100: {
    title: 'CIFAR-100',
    labels: [20, 100],
    namesFile: 'fine_label_names.txt',
    pickledNamesFile: 'meta',
  },
};

export const cifarShape = { width: 32, height: 32, channels: 3 } as const;

/** How many bytes an image and its labels have. */
export const recordBytes = ({ labels }: CifarVersion): number => labels.length + 32 * 32 * 3;

/** Whether files are CIFAR's by their names; "train.bin" may be anything, unless its size or what lies beside it says so too. */
export function isCifar(files: readonly Pick<DatasetFile, 'name' | 'size'>[]): boolean {
  const large = cifarVersions[100];
  const hasNames = files.some(({ name }) => posix.basename(name) === large.namesFile);
  const isPart = ({ name, size }: Pick<DatasetFile, 'name' | 'size'>): boolean => {
    const version = cifarOfName(name);
    if (version === 10 || (version !== undefined && isPickledCifar(name))) return true;
    return version === 100 && (hasNames || (size > 0 && size % recordBytes(large) === 0));
  };
  const isAlone = files.every(({ name }) => [undefined, 'cifar'].includes(formatOfName(name)));
  return isAlone && files.some(isPart);
}
