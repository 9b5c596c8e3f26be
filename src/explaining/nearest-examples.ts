import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CancelSignal } from '../cancellation.ts';
import { createLimiter } from '../concurrency.ts';
import { errors } from '../errors.ts';
import { buildServedFeatures } from '../neural/transfer/served-features.ts';
import { readExamples, type KeptExample, type KeptExamples } from '../repository/kept-examples.ts';
import type { Manifest } from '../repository/manifest.ts';
import type { Repository } from '../repository/repository.ts';
import type { ModelRuntime } from '../runtime/runtime.ts';
import type { Signature } from '../signature.ts';

/** A kept example, and how like another one a net finds it. */
export interface LikeExample extends Omit<KeptExample, 'features'> {
  /** The cosine of the angle between what the net finds in both: 1 for the same, 0 for nothing in common. */
  readonly similarity: number;
}

/** Who knows what versions have learnt from. */
export interface NearestExamples {
  /**
   * The kept examples of a version in which its net finds what it finds in this one (as the model takes it), the likest first;
   * undefined for a version that keeps none.
   */
  nearestTo(
    manifest: Manifest,
    example: Float32Array,
    count: number,
    signal: CancelSignal,
  ): Promise<readonly LikeExample[] | undefined>;
  close(): Promise<void>;
}

export interface NearestOptions {
  readonly repository: Pick<Repository, 'open'>;
  /** Opens a part of the model of a version where that model itself may run. */
  readonly openRuntime: (
    manifest: Manifest,
    file: string,
    signature: Signature,
  ) => Promise<ModelRuntime>;
}

interface OpenVersion {
  readonly examples: readonly KeptExample[];
  readonly runtime: ModelRuntime;
  close(): Promise<void>;
}

/** So many versions stay open. */
const MOST_OPEN = 3;

/** Opens what was kept of a version when somebody asks, and answers one after the other. */
export function openNearestExamples(options: NearestOptions): NearestExamples {
  const turns = createLimiter({ concurrency: 1 });
  // The one that was asked about last stands last.
  const open = new Map<string, OpenVersion>();
  const openedOf = async (manifest: Manifest, kept: KeptExamples): Promise<OpenVersion> => {
    // Its digests: a number that was deleted may be another version's later.
    const digests = manifest.files.flatMap(({ path, sha256 }) =>
      path === kept.file || path === manifest.entry ? [sha256] : [],
    );
    const name = `${manifest.model} ${digests.join(' ')}`;
    const opened = open.get(name) ?? (await openVersion(manifest, kept, options));
    open.delete(name);
    open.set(name, opened);
    const [[oldest, last] = []] = open;
    if (open.size > MOST_OPEN && oldest !== undefined) {
      open.delete(oldest);
      await last!.close();
    }
    return opened;
  };
  return {
    async nearestTo(manifest, example, count, signal) {
      const { keptExamples } = manifest;
      if (!keptExamples || manifest.runtime !== 'onnx') return undefined;
      return turns.run(async () => {
        const { examples, runtime } = await openedOf(manifest, keptExamples);
        const shape = [1, ...manifest.signature.input.shape];
        const { data } = await runtime.infer({ shape, data: example.slice() });
        return nearest(examples, data, count);
      }, signal);
    },
    async close() {
      await turns.close();
      for (const version of open.values()) await version.close();
    },
  };
}

async function openVersion(
  manifest: Manifest,
  kept: KeptExamples,
  { repository, openRuntime }: NearestOptions,
): Promise<OpenVersion> {
  const { model, version, entry, signature } = manifest;
  const opened = await repository.open(model, version);
  const bytes = await readFile(join(opened.folder, entry));
  const packed = await readFile(join(opened.folder, kept.file));
  await opened.confirm();
  const { input, output, classes } = signature;
  const { channels, height, width } = manifest.preprocessing;
  const shape = [channels, height, width] as const;
  const graph = buildServedFeatures({
    model: bytes,
    input: input.name,
    output: output.name,
    shape,
  });
  if ('fault' in graph)
    throw invalid(manifest, `it keeps examples and has no features: ${graph.fault}`);
  const examples = readExamples(packed, kept, classes.length);
  if ('fault' in examples) throw invalid(manifest, examples.fault);
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-features-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const part = join(folder, 'features.onnx');
    await writeFile(part, graph.model);
    const runtime = await openRuntime(manifest, part, {
      input: { ...input, name: graph.input },
      output: { name: graph.output, kind: 'logits' },
      classes: Array.from({ length: kept.features }, (_, at) => String(at)),
    });
    const close = async (): Promise<void> => {
      await runtime.close();
      await remove();
    };
    return { examples, runtime, close };
  } catch (error) {
    await remove();
    throw error;
  }
}

function nearest(
  examples: readonly KeptExample[],
  features: Float32Array,
  count: number,
): LikeExample[] {
  const length = Math.sqrt(features.reduce((sum, value) => sum + value * value, 0)) || 1;
  return examples
    .map(({ features: own, ...example }) => {
      const product = own.reduce((sum, value, at) => sum + value * features[at]!, 0);
      return { ...example, similarity: product / length };
    })
    .toSorted((one, other) => other.similarity - one.similarity)
    .slice(0, count);
}

function invalid({ model, version }: Manifest, why: string): Error {
  return new errors.GLIMPSE_MANIFEST_INVALID(`${model}/${version}`, why);
}
