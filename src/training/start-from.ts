import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errors } from '../errors.ts';
import { foldedLayers } from '../neural/folding.ts';
import { slotsOf, type ResolvedLayer } from '../neural/layers/kinds.ts';
import { readInitialisers } from '../neural/read-initialisers.ts';
import type { Repository } from '../repository/repository.ts';

/** The version whose parameters a run starts from. */
export interface StartPlan {
  readonly model: string;
  readonly version: number;
}

/** A net that has learnt before: its layers as they are served, and their parameters by state name. */
export interface StartedNet {
  readonly layers: readonly ResolvedLayer[];
  readonly initial: ReadonlyMap<string, Float32Array>;
}

/**
 * Takes the parameters of a version that was trained here. A served graph has no batch norm any more, it is folded
 * into the layers before it; so the net goes on learning without it. Its logits become those of training again:
 * the temperature is taken out. GLIMPSE_HYPERPARAMETER_INVALID where the layers are not those of the version.
 */
export async function startFrom(
  { model, version }: StartPlan,
  layers: readonly ResolvedLayer[],
  repository: Pick<Repository, 'open'>,
  signal: AbortSignal,
): Promise<StartedNet> {
  const { manifest, folder } = await repository.open(model, version, signal);
  const refuse = (why: string): never => {
    const named = `version ${version} of ${model} ${why}`;
    throw new errors.GLIMPSE_HYPERPARAMETER_INVALID('startFrom', named);
  };
  if (manifest.runtime !== 'onnx') return refuse('is no net that was trained here');
  const folded = foldedLayers(layers);
  const slots = folded.flatMap((layer) =>
    slotsOf(layer).map(({ slot, shape }) => ({ name: `${layer.name}.${slot}`, shape, layer })),
  );
  const tensors = readInitialisers(await readFile(join(folder, manifest.entry))).filter(
    ({ floats }) => floats !== undefined,
  );
  const isSame =
    tensors.length === slots.length &&
    slots.every(({ shape }, index) => String(shape) === String(tensors[index]!.shape));
  if (!isSame) return refuse('has other layers than the architecture asked for');
  const { temperature = 1 } = manifest.metrics;
  const initial = new Map(
    slots.map(({ name, layer }, index) => {
      const values = tensors[index]!.floats!;
      const isLast = layer === folded.at(-1);
      return [name, isLast ? values.map((value) => value * temperature) : values];
    }),
  );
  return { layers: folded, initial };
}

/** What the owner of a net should know that has learnt elsewhere before. */
export function startNote({ model, version }: StartPlan): string {
  return `It starts from the parameters of version ${version} of ${model}; its figures hold for images that this version had not learnt from either.`;
}
