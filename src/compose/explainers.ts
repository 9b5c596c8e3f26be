import type { CellMemory } from '../account.ts';
import type { Config } from '../config.ts';
import { openGradientMaps } from '../explaining/gradient-maps.ts';
import { openNearestExamples } from '../explaining/nearest-examples.ts';
import type { Repository } from '../repository/repository.ts';
import type { Explainers } from '../serving/explain.ts';
import { bindLoadRuntime, openTrust } from './runtimes.ts';

/** What knows more of the versions of a repository than what they answer. Close it. */
export function openExplainers(
  config: Config,
  repository: Pick<Repository, 'open'>,
  cellMemory?: CellMemory,
): Required<Explainers> & { close(): Promise<void> } {
  const attributions = openGradientMaps(repository);
  const loadRuntime = bindLoadRuntime(config, {}, cellMemory);
  const trust = openTrust(config);
  const neighbours = openNearestExamples({
    repository,
    async openRuntime(manifest, file, signature) {
      const { model, version } = manifest;
      const isTrusted = await trust.isTrusted(manifest);
      const subject = { model, version, isTrusted, runtime: 'onnx' } as const;
      return loadRuntime({ ...subject, file, signature, maxBatchSize: 1 });
    },
  });
  return {
    attributions,
    neighbours,
    async close() {
      await attributions.close();
      await neighbours.close();
    },
  };
}
