import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CancelSignal } from '../cancellation.ts';
import { entryBeside } from '../entry.ts';
import type { Manifest } from '../repository/manifest.ts';
import type { Repository } from '../repository/repository.ts';
import { createWorkerPool } from '../worker-pool.ts';
import type { GradientTask } from './gradient-thread.ts';

/** How much more a class is found in an example than in bare paper, by each of its numbers. */
export interface GradientMaps {
  /**
   * `example` and `paper` as the model takes them, `label` a class by its place. Undefined for a version whose layers are not
   * known: one that was not trained here, that is served in eight bits, or stands on a backbone.
   */
  attributionsOf(
    manifest: Manifest,
    asked: Pick<GradientTask, 'example' | 'paper' | 'label'>,
    signal: CancelSignal,
  ): Promise<Float32Array | undefined>;
  close(): Promise<void>;
}

/** One thread for all of them, started when somebody asks: nobody's predictions wait for it. */
export function openGradientMaps(repository: Pick<Repository, 'open'>): GradientMaps {
  const pool = createWorkerPool<GradientTask, Float32Array | undefined>({
    entry: entryBeside(import.meta.url, 'gradient-thread'),
    does: 'explains by gradients',
    threads: 1,
  });
  let last: { readonly name: string; readonly model: Uint8Array } | undefined;
  const fileOf = async (manifest: Manifest, name: string): Promise<Uint8Array> => {
    if (last?.name === name) return last.model;
    const opened = await repository.open(manifest.model, manifest.version);
    const model = await readFile(join(opened.folder, manifest.entry));
    await opened.confirm();
    last = { name, model };
    return model;
  };
  return {
    async attributionsOf(manifest, asked, signal) {
      const { lineage, runtime, quantisation, signature, preprocessing } = manifest;
      const { architecture } = lineage;
      const isKnown = architecture !== undefined && architecture !== 'transfer';
      if (runtime !== 'onnx' || !isKnown || quantisation) return undefined;
      if (signature.input.layout !== 'NCHW') return undefined;
      // Its digest: a number that was deleted may be another version's later.
      const name = manifest.files.find(({ path }) => path === manifest.entry)!.sha256;
      const model = await fileOf(manifest, name);
      const { channels, height, width } = preprocessing;
      const net = { architecture, inputShape: [channels, height, width] };
      const classes = signature.classes.length;
      return pool.run({ name, model, ...net, classes, ...asked }, { signal });
    },
    close: () => pool.close(),
  };
}
