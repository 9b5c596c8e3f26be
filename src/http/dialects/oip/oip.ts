import type { ErrorShape } from '../../error-handler.ts';
import type { Dialect } from '../dialect.ts';
import { registerInfer } from './infer-route.ts';
import { registerModels } from './models-route.ts';
import { oipErrorId, oipSchemas } from './oip-schemas.ts';
import { registerRepository } from './repository-route.ts';
import { registerServer } from './server-route.ts';

/** Errors are one sentence; what is readable and not usable is malformed there. The code stands in a header. */
const oipErrors: ErrorShape = {
  schemaId: oipErrorId,
  statusOf: ({ statusCode }) => (statusCode === 422 ? 400 : statusCode),
  bodyOf: ({ message }) => ({ error: message }),
};

/** The Open Inference Protocol v2: what Triton, KServe, MLServer and their clients speak. */
export const oip: Dialect = {
  name: 'oip',
  owns: (path) => path === '/v2' || path.startsWith('/v2/'),
  errors: oipErrors,
  schemas: oipSchemas,
  register(scope, options) {
    registerServer(scope, options);
    registerModels(scope, options);
    registerRepository(scope, options);
    registerInfer(scope, options);
  },
};
