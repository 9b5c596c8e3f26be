import { readFile } from 'node:fs/promises';
import { dirname, join, normalize, sep } from 'node:path';
import type { Static } from 'typebox';
import { Check, Errors } from 'typebox/schema';
import { errors } from '../errors.ts';
import { Type } from '../schema/builder.ts';

/** `model.json` as TensorFlow.js and its converter write it: only what loading needs is checked. */
const ModelJsonSchema = Type.Object({
  format: Type.Optional(Type.String()),
  modelTopology: Type.Object({}),
  weightsManifest: Type.Array(
    Type.Object({ paths: Type.Array(Type.String()), weights: Type.Array(Type.Object({})) }),
  ),
  signature: Type.Optional(Type.Object({})),
  userDefinedMetadata: Type.Optional(Type.Object({})),
  modelInitializer: Type.Optional(Type.Object({})),
  initializerSignature: Type.Optional(Type.Object({})),
});
type ModelJson = Static<typeof ModelJsonSchema>;

/** What the loaders of TensorFlow.js take. */
export interface TensorflowArtifacts extends Omit<ModelJson, 'weightsManifest'> {
  readonly weightSpecs: object[];
  readonly weightData: ArrayBuffer;
}

/**
 * Reads `model.json` and its weight files from one folder, without the network and without leaving the
 * folder, whatever the file says. Rejects with GLIMPSE_MODEL_INVALID.
 */
export async function readModelJson(file: string): Promise<TensorflowArtifacts> {
  const { weightsManifest, ...model } = parse(await readFile(file, 'utf8'));
  const paths = weightsManifest.flatMap((group) => group.paths);
  const shards = await Promise.all(paths.map((path) => readShard(dirname(file), path)));
  return {
    ...model,
    weightSpecs: weightsManifest.flatMap((group) => group.weights),
    weightData: joined(shards),
  };
}

function parse(text: string): ModelJson {
  let model: unknown;
  try {
    model = JSON.parse(text);
  } catch {
    throw new errors.GLIMPSE_MODEL_INVALID('model.json is not JSON.');
  }
  if (Check(ModelJsonSchema, model)) return model;
  const [, [problem]] = Errors(ModelJsonSchema, model);
  throw new errors.GLIMPSE_MODEL_INVALID(
    `model.json does not fit: ${problem?.instancePath} ${problem?.message}.`,
  );
}

async function readShard(folder: string, path: string): Promise<Uint8Array> {
  const file = normalize(join(folder, path));
  if (!file.startsWith(normalize(folder) + sep)) {
    throw new errors.GLIMPSE_MODEL_INVALID(`its weight file "${path}" lies outside its folder.`);
  }
  try {
    return await readFile(file);
  } catch {
    throw new errors.GLIMPSE_MODEL_INVALID(`its weight file "${path}" cannot be read.`);
  }
}

function joined(shards: readonly Uint8Array[]): ArrayBuffer {
  const bytes = new Uint8Array(shards.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const shard of shards) {
    bytes.set(shard, offset);
    offset += shard.length;
  }
  return bytes.buffer;
}
