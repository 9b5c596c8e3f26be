import { availableParallelism } from 'node:os';
import { Type } from '../schema/builder.ts';
import { choice, integer, text } from './knob.ts';

/** What platforms expect of a server that they host, and a port for the management calls of TorchServe. */
export const hostingKnobs = {
  GLIMPSE_SAGEMAKER_DIR: text(
    '/opt/ml',
    'The folder of SageMaker in its containers (SAGEMAKER_BASE_DIR). glimpse train without a word behind it takes a training job from input/config there; where that is not there, nothing changes.',
  ),
  GLIMPSE_SAGEMAKER_MODEL_DIR: text(
    '/opt/ml/model',
    'Where SageMaker puts the model of an endpoint: a version folder, or a repository. glimpse serve serves what is there instead of GLIMPSE_REPOSITORY; where the folder is not there, nothing changes.',
  ),
  GLIMPSE_SAGEMAKER_MULTI_MODEL: choice(
    'false',
    ['false', 'true'],
    'true: the container of a multi-model endpoint (SAGEMAKER_MULTI_MODEL). Models come and go by its calls (POST /models, DELETE /models/{model}), which answer instead of ours under /models.',
  ),
  GLIMPSE_SAGEMAKER_MODELS_DIR: text(
    '/opt/ml/models',
    'Under which folder the calls of a multi-model endpoint may name models.',
  ),
  GLIMPSE_SAGEMAKER_ACCEPT: choice(
    'application/json',
    ['application/json', 'application/jsonlines', 'text/csv'],
    'What /invocations answers where the caller takes anything (SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT).',
  ),
  GLIMPSE_SAGEMAKER_BATCH_STRATEGY: choice(
    'MULTI_RECORD',
    ['MULTI_RECORD', 'SINGLE_RECORD'],
    'What /execution-parameters tells a batch transform: several records in a request, or one (SAGEMAKER_BATCH_STRATEGY).',
  ),
  GLIMPSE_SAGEMAKER_MAX_CONCURRENT_TRANSFORMS: integer(
    2 * availableParallelism(),
    'How many requests at once /execution-parameters asks a batch transform for (SAGEMAKER_MAX_CONCURRENT_TRANSFORMS).',
    1,
    'two per core',
  ),
  GLIMPSE_SAGEMAKER_MAX_PAYLOAD_IN_MB: integer(
    6,
    'How large a request /execution-parameters asks a batch transform for at most; no more than GLIMPSE_BODY_LIMIT_BYTES takes (SAGEMAKER_MAX_PAYLOAD_IN_MB).',
    1,
  ),
  GLIMPSE_TORCHSERVE_PORT: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 65535,
    description:
      'Port of the management calls of TorchServe, on the address of GLIMPSE_ADMIN_HOST; 0: none.',
  }),
};

/** Variables of platforms that stand for a setting of ours where that is not set itself. */
export const platformVariables = {
  SAGEMAKER_BASE_DIR: 'GLIMPSE_SAGEMAKER_DIR',
  SAGEMAKER_BIND_TO_PORT: 'GLIMPSE_PORT',
  SAGEMAKER_MULTI_MODEL: 'GLIMPSE_SAGEMAKER_MULTI_MODEL',
  SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT: 'GLIMPSE_SAGEMAKER_ACCEPT',
  SAGEMAKER_BATCH_STRATEGY: 'GLIMPSE_SAGEMAKER_BATCH_STRATEGY',
  SAGEMAKER_MAX_CONCURRENT_TRANSFORMS: 'GLIMPSE_SAGEMAKER_MAX_CONCURRENT_TRANSFORMS',
  SAGEMAKER_MAX_PAYLOAD_IN_MB: 'GLIMPSE_SAGEMAKER_MAX_PAYLOAD_IN_MB',
} as const;
