import type { Registry } from '../../registry/registry.ts';

/** One version as GET /models/{model}/versions/{version} tells it, and the call that has published it. */
export async function describedVersion(
  registry: Pick<Registry, 'describeVersion'>,
  model: string,
  version: number,
): Promise<object> {
  const { manifest, ...status } = await registry.describeVersion(model, version);
  if (!manifest) return status;
  const { createdAt, runtime, files, signature, preprocessing, gate } = manifest;
  const { golden, lineage, metrics, baseline, quantisation, keptExamples } = manifest;
  const described = { createdAt, runtime, files, signature, preprocessing };
  const found = { metrics, baseline, quantisation, keptExamples };
  return { ...status, ...described, gate, golden, lineage, ...found };
}
