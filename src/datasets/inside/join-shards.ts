import { errors } from '../../errors.ts';
import { byName, printable } from '../file-names.ts';
import { hasSamples } from '../images/web-dataset.ts';
import { severalInside } from '../refusal.ts';
import { nothingIgnored, renamed, type DatasetFile, type DatasetSource } from '../source.ts';

/** An archive among several, under the name of its file. */
interface Shard {
  readonly file: DatasetFile;
  readonly archive: DatasetSource;
}

/**
 * Several archives as one source: the shards of a WebDataset, in the order of their names. Others are refused,
 * since reading them together would mix what was kept apart; then all are closed.
 */
export async function joinShards(shards: readonly Shard[]): Promise<DatasetSource> {
  const close = async (): Promise<void> => {
    for (const { archive } of shards) await archive.close();
  };
  const names = shards.map(({ file }) => file.name);
  try {
    if (new Set(names).size < names.length) {
      throw new errors.GLIMPSE_DATASET_INVALID('several of its archives have the same name');
    }
    if (!shards.every(({ archive }) => hasSamples(archive.files))) {
      throw severalInside('it is several archives, and not the shards of a WebDataset', names);
    }
  } catch (error) {
    await close();
    throw error;
  }
  const files = shards.flatMap(({ file, archive }) =>
    archive.files.map((one) => renamed(one, `${file.name}/${one.name}`)),
  );
  const known = new Map(files.map((file) => [file.name, file]));
  return {
    title: names.map(printable).join(', '),
    files: files.sort(byName),
    archives: [],
    shards: names,
    isFolder: true,
    markers: [],
    ignored: nothingIgnored,
    passedOver: [],
    find: async (name) => known.get(name),
    close,
  };
}
