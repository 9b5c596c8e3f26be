import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isRecord } from '../json.ts';
import { readTfjsArrays } from './containers/tfjs-model.ts';
import { unreadable } from './refusals.ts';
import type { KerasNet } from './read-keras.ts';
import { readModelConfig } from './topology/net-config.ts';
import { tfjsWeights } from './weights/named-weights.ts';

/** Whether JSON is that of a TF.js model, and of which kind. */
export function tfjsFormatOf(json: unknown): 'layers' | 'graph' | undefined {
  if (!isRecord(json) || !isRecord(json['modelTopology'])) return undefined;
  const topology = json['modelTopology'];
  return Array.isArray(topology['node']) ? 'graph' : 'layers';
}

/** A layers model of TF.js, of its model.json with the shards beside it. */
export async function readTfjsLayers(
  file: string,
  json: Readonly<Record<string, unknown>>,
  maxBytes: number,
): Promise<KerasNet> {
  const topology = json['modelTopology'];
  if (!isRecord(topology)) throw unreadable('model.json has no topology');
  const arrays = await readTfjsArrays(file, json['weightsManifest'], maxBytes);
  const version = topology['keras_version'] ?? '';
  return {
    model: readModelConfig(topology['model_config'] ?? topology),
    weights: tfjsWeights(arrays),
    // TF.js has the functions of Keras 2, and says its own version.
    isKeras2: !(typeof version === 'string' && version.startsWith('3.')),
  };
}

/** The names of the classes: Teachable Machine writes them into a file metadata.json beside model.json. */
export async function tfjsClasses(
  file: string,
  json: Readonly<Record<string, unknown>>,
): Promise<string[] | undefined> {
  const text = await readFile(join(dirname(file), 'metadata.json'), 'utf8').catch(() => undefined);
  const beside = text === undefined || text.length > 1e6 ? undefined : parsed(text);
  const found = [beside, json['userDefinedMetadata']].flatMap((one) =>
    isRecord(one) ? [one['labels'], one['classes']] : [],
  );
  return found.find(
    (names): names is string[] =>
      Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === 'string'),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
