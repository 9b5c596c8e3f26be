import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errors } from '../errors.ts';
import { isRecord } from '../json.ts';
import { openHdf5 } from './containers/hdf5/hdf5-file.ts';
import { readKerasArchive } from './containers/keras-archive.ts';
import { parseJson } from './containers/parse-json.ts';
import { shown, unreadable, unsupported } from './refusals.ts';
import { readModelConfig, type ModelConfig } from './topology/net-config.ts';
import type { ModelWeights } from './topology/model-weights.ts';
import { kerasWeights } from './weights/keras-weights.ts';
import { legacyWeights, textsIn } from './weights/legacy-weights.ts';

/** A net of layers of Keras, with what its layers learnt. */
export interface KerasNet {
  readonly model: ModelConfig;
  readonly weights: ModelWeights;
  readonly isKeras2: boolean;
}

/** A .keras file: a ZIP of the configuration and the weights. */
export async function readKerasFile(bytes: Uint8Array, maxBytes: number): Promise<KerasNet> {
  const archive = await readKerasArchive(bytes, maxBytes);
  const model = readModelConfig(parseJson(archive.config, 'config.json'));
  const metadata = archive.metadata && parseJson(archive.metadata, 'metadata.json');
  const version = isRecord(metadata) ? metadata['keras_version'] : undefined;
  return {
    model,
    weights: kerasWeights(model, openHdf5(archive.weights)),
    isKeras2: isEarlier(version),
  };
}

/** A .h5 file that holds a whole model, or its weights only; their configuration then lies beside them as JSON. */
export async function readH5File(
  file: string,
  bytes: Uint8Array,
  maxBytes: number,
): Promise<KerasNet> {
  const root = openHdf5(bytes);
  const config = textsIn(root, 'model_config').join('');
  if (config !== '') {
    const weights = root.group('model_weights');
    if (!weights) throw unreadable('the .h5 file has a model and no weights');
    return {
      model: readModelConfig(parseJson(config, 'the configuration of the .h5 file')),
      weights: legacyWeights(weights),
      isKeras2: isEarlier(root.texts('keras_version')?.[0]),
    };
  }
  const beside = await besideOf(file, '.json');
  const json = parseJson((await readBounded(beside, maxBytes)).toString(), basename(beside));
  return withWeights(json, bytes);
}

/** A configuration in JSON, as `model.to_json()` gives it, with the weights in a .h5 file beside it. */
export async function readKerasJson(
  file: string,
  json: unknown,
  maxBytes: number,
): Promise<KerasNet> {
  return withWeights(json, await readBounded(await besideOf(file, '.h5'), maxBytes));
}

function withWeights(json: unknown, bytes: Uint8Array): KerasNet {
  const model = readModelConfig(json);
  const root = openHdf5(bytes);
  const isByName = textsIn(root, 'layer_names').length > 0;
  return {
    model,
    weights: isByName ? legacyWeights(root) : kerasWeights(model, root),
    isKeras2: isEarlier(isRecord(json) ? json['keras_version'] : undefined),
  };
}

const isEarlier = (version: unknown): boolean =>
  typeof version === 'string' && /^[012]\./.test(version);

/** What the files of one model have in common. */
const stem = (name: string): string => name.replace(/(\.weights)?\.(h5|json)$/, '');

/** The file beside another that begins like it, or is the only one that ends so. */
async function besideOf(file: string, ending: '.json' | '.h5'): Promise<string> {
  const folder = dirname(file);
  const names = (await readdir(folder)).filter((name) => name.endsWith(ending));
  const exact = names.filter((name) => name === `${stem(basename(file))}.weights.h5`);
  const same = names.filter((name) => stem(name) === stem(basename(file)));
  const [only, ...others] = [exact, same, names].find(({ length }) => length > 0) ?? [];
  if (only !== undefined && others.length === 0) return join(folder, only);
  const what = ending === '.json' ? 'configuration (model.to_json())' : 'weights';
  throw unsupported(
    `the ${what} of ${shown(basename(file))} must lie beside it as one file ${stem(basename(file))}${ending}`,
  );
}

async function readBounded(file: string, maxBytes: number): Promise<Buffer> {
  if ((await stat(file)).size > maxBytes) throw new errors.GLIMPSE_MODEL_FILE_TOO_LARGE(maxBytes);
  return await readFile(file);
}
