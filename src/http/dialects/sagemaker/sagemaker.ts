import type { ErrorCode, GlimpseError } from '../../../errors.ts';
import { Type } from '../../../schema/builder.ts';
import type { ErrorShape } from '../../error-handler.ts';
import type { Dialect } from '../dialect.ts';
import { registerInvocations } from './invocations-route.ts';
import { registerEndpointModels } from './endpoint-models-route.ts';

const ScoringErrorSchema = Type.Object(
  {
    error_code: Type.String({
      description: 'As MLflow has it; the header glimpse-error-code says it more exactly.',
    }),
    message: Type.String(),
  },
  { $id: 'ScoringError' },
);

/** What MLflow calls an error, by its status. */
const codes: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'RESOURCE_DOES_NOT_EXIST',
  405: 'ENDPOINT_NOT_FOUND',
  409: 'RESOURCE_ALREADY_EXISTS',
  429: 'REQUEST_LIMIT_EXCEEDED',
  503: 'TEMPORARILY_UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
  507: 'RESOURCE_EXHAUSTED',
};

const errorShape: ErrorShape = {
  schemaId: 'ScoringError',
  statusOf: ({ statusCode }) => statusCode,
  bodyOf: ({ message }, status) => ({
    error_code: codes[status] ?? (status < 500 ? 'BAD_REQUEST' : 'INTERNAL_ERROR'),
    message,
  }),
};

/** The calls of SageMaker's hosting and batch transform, which MLflow's scoring protocol shares. */
export const sagemaker: Dialect = {
  name: 'sagemaker',
  owns: (path) =>
    ['/invocations', '/execution-parameters', '/version'].includes(path) ||
    path.startsWith('/endpoints/'),
  errors: errorShape,
  schemas: [ScoringErrorSchema],
  register: registerInvocations,
};

/** What says that a model does not fit in here: SageMaker then unloads others. */
const noRoom: readonly ErrorCode[] = [
  'GLIMPSE_LOADED_BYTES_FULL',
  'GLIMPSE_CELLS_FULL',
  'GLIMPSE_MODEL_MEMORY',
  'GLIMPSE_DISK_FULL',
];

/** The calls by which the models of an endpoint come and go; in their place ours under /models are silent. */
export const endpointModels: Dialect = {
  name: 'sagemaker',
  owns: (path) => path === '/models' || path.startsWith('/models/'),
  errors: { ...errorShape, statusOf: (error) => (saysNoRoom(error) ? 507 : error.statusCode) },
  schemas: [],
  register: registerEndpointModels,
};

/** Why a version cannot be loaded stands in the details of the error that says so. */
function saysNoRoom({ code, details }: GlimpseError): boolean {
  return noRoom.some((one) => one === code || one === details?.['code']);
}
