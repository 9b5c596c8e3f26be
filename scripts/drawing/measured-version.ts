import { join } from 'node:path';
import { readConfig } from '../../src/config.ts';
import { cellOptions } from '../../src/compose/runtimes.ts';
import { openImages, openRepository } from '../../src/compose/open.ts';
import { loadRuntime } from '../../src/runtime/load-runtime.ts';

/** How many images are asked about at once. */
export const BATCH = 50;

/** A version of the repository of the configuration to ask about drawn images: the named one, that of production, or the highest. */
export async function openMeasuredVersion({ model, version }: { model: string; version?: string }) {
  const config = readConfig();
  const repository = openRepository(config);
  const images = openImages(config);
  const { labels } = (await repository.labels(model)) as { labels: Record<string, number> };
  const versions = await repository.versions(model);
  const number = Number(version ?? labels['production'] ?? versions.at(-1));
  const { manifest, folder } = await repository.open(model, number);
  const runtime = await loadRuntime({
    ...cellOptions(config),
    isTrusted: true,
    runtime: manifest.runtime,
    file: join(folder, manifest.entry),
    signature: manifest.signature,
    threads: 1,
    maxBatchSize: BATCH,
    inlineBudgetMs: 1000,
  });
  const close = async (): Promise<void> => {
    await runtime.close();
    await images.close();
    await repository.close();
  };
  return { version: number, manifest, images, runtime, close };
}
