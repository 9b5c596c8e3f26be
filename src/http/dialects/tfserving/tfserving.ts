import { errors, type GlimpseError } from '../../../errors.ts';
import { Type } from '../../../schema/builder.ts';
import type { Dialect } from '../dialect.ts';
import { registerModelRoutes } from './model-routes.ts';
import { registerPredictionRoutes } from './prediction-routes.ts';

const TfServingErrorSchema = Type.Object(
  {
    error: Type.String({ description: 'For people; the header glimpse-error-code has the code.' }),
  },
  { $id: 'TfServingError' },
);

/** The REST API of TensorFlow Serving (v1), which KServe's first protocol is a part of. */
export const tfserving: Dialect = {
  name: 'tfserving',
  owns: (path) => path === '/v1/models' || path.startsWith('/v1/models/'),
  errors: {
    schemaId: 'TfServingError',
    statusOf,
    bodyOf: ({ message }) => ({ error: message }),
  },
  schemas: [TfServingErrorSchema],
  register(scope, options) {
    scope.addHook('onRequest', async ({ method, url }, reply) => {
      // No name holds a colon; the calls that look at a model would say that there is none called so.
      const [path = ''] = url.split('?', 1);
      if (method === 'POST' || !/:(?:predict|classify|regress)$/.test(path)) return;
      void reply.header('allow', 'POST');
      throw new errors.GLIMPSE_METHOD_NOT_ALLOWED(path.slice(0, 200), 'POST', method);
    });
    registerModelRoutes(scope, options);
    registerPredictionRoutes(scope, options);
  },
};

/** An image or tensor that cannot be used is an invalid argument there, which is 400; other statuses mean the same. */
function statusOf({ code, statusCode }: GlimpseError): number {
  return statusCode === 422 || code === 'GLIMPSE_UNSUPPORTED_FORMAT' ? 400 : statusCode;
}
