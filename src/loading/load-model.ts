import { join } from 'node:path';
import type { Manifest } from '../repository/manifest.ts';
import type { OpenedVersion } from '../repository/repository.ts';
import type { Measurement, ModelRuntime } from '../runtime/runtime.ts';
import type { Signature } from '../signature.ts';
import { isSteady, type KeptMeasurements } from './kept-measurements.ts';
import { contentDigest, type Trust } from './trust.ts';
import { readerIn, selfTest, type PrepareGolden } from './self-test.ts';

/** What compose binds to `runtime/load-runtime.ts`, with its threads and its budget. */
export type LoadRuntime = (request: {
  readonly runtime: Manifest['runtime'];
  readonly file: string;
  readonly signature: Signature;
  readonly maxBatchSize: number;
  /** Bytes of all files of the model. */
  readonly modelBytes?: number;
  /** What was measured of it on this machine before. */
  readonly measured?: Measurement | undefined;
  readonly model: string;
  readonly version: number;
  /** Whether it may run in this process. */
  readonly isTrusted: boolean;
  /** Gives up while the model is being opened. */
  readonly signal?: AbortSignal | undefined;
  /** Called after every reading of the file, restarts included: rejects when it is not what was verified. */
  readonly confirm?: () => Promise<void>;
}) => Promise<ModelRuntime>;

export interface LoadModelOptions {
  readonly loadRuntime: LoadRuntime;
  readonly prepareGolden: PrepareGolden;
  readonly trust: Pick<Trust, 'isTrusted'>;
  readonly maxBatchSize: number;
  /** Where measurements are kept; without it every load measures. */
  readonly measurements?: KeptMeasurements | undefined;
}

/** From a version in a folder of this machine to a runtime that has passed its self-test. Close it. */
export async function loadModel(
  opened: OpenedVersion,
  { loadRuntime, prepareGolden, trust, maxBatchSize, measurements }: LoadModelOptions,
  signal?: AbortSignal,
): Promise<ModelRuntime> {
  const { manifest, folder } = opened;
  const { model, version, runtime, entry, signature } = manifest;
  const file = join(folder, entry);
  const confirm = (): Promise<void> => opened.confirm();
  const isTrusted = await trust.isTrusted(manifest);
  const modelBytes = manifest.files.reduce((sum, { size }) => sum + size, 0);
  const subject = { runtime, file, signature, model, version, modelBytes };
  const measuring = { content: contentDigest(manifest), isTrusted, maxBatchSize };
  const measured = await measurements?.find(measuring);
  const how = { maxBatchSize, isTrusted, measured, confirm, signal };
  const loaded = await loadRuntime({ ...subject, ...how });
  try {
    await selfTest(manifest, readerIn(folder), loaded, prepareGolden);
    await confirm();
    const { placement } = loaded;
    // A data folder that cannot be written is told of elsewhere: the next start measures again.
    if (placement && !placement.isKept && isSteady(placement.measurement)) {
      await measurements?.keep(measuring, placement.measurement).catch(() => undefined);
    }
    return loaded;
  } catch (error) {
    await loaded.close();
    throw error;
  }
}
