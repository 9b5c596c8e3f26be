import type { Config } from '../../config.ts';
import type { HostingOptions } from '../../http/dialects/hosting-options.ts';
import type { Registry } from '../../registry/registry.ts';
import { openMultiModel } from './multi-model.ts';

/** What an endpoint is told to do by its settings. */
export function openHosting(config: Config, registry: Registry): HostingOptions {
  const bodyLimitMb = Math.max(1, Math.floor(config.GLIMPSE_BODY_LIMIT_BYTES / (1024 * 1024)));
  return {
    accept: config.GLIMPSE_SAGEMAKER_ACCEPT,
    execution: {
      MaxConcurrentTransforms: config.GLIMPSE_SAGEMAKER_MAX_CONCURRENT_TRANSFORMS,
      BatchStrategy: config.GLIMPSE_SAGEMAKER_BATCH_STRATEGY,
      MaxPayloadInMB: Math.min(config.GLIMPSE_SAGEMAKER_MAX_PAYLOAD_IN_MB, bodyLimitMb),
    },
    torchservePort: config.GLIMPSE_TORCHSERVE_PORT,
    ...(config.GLIMPSE_SAGEMAKER_MULTI_MODEL === 'true' && {
      models: openMultiModel(config, registry),
    }),
  };
}
