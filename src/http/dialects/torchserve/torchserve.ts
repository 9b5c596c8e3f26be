import { Type } from '../../../schema/builder.ts';
import type { ErrorShape } from '../../error-handler.ts';
import type { Dialect } from '../dialect.ts';
import { torchServeErrorOf } from './error-body.ts';
import { managementPath } from './management-path.ts';
import { registerManagement } from './management-routes.ts';
import { registerPredictions } from './predictions-route.ts';

const TorchServeErrorSchema = Type.Object(
  {
    code: Type.Integer({ description: 'The status of the response.' }),
    type: Type.String({ description: 'As TorchServe calls it; glimpse-error-code has our code.' }),
    message: Type.String(),
  },
  { $id: 'TorchServeError' },
);

const errorShape: ErrorShape = {
  schemaId: 'TorchServeError',
  statusOf: ({ statusCode }) => statusCode,
  bodyOf: torchServeErrorOf,
};

/** The inference calls of TorchServe. */
export const torchserve: Dialect = {
  name: 'torchserve',
  owns: (path) => path.startsWith('/predictions/'),
  errors: errorShape,
  schemas: [TorchServeErrorSchema],
  register: registerPredictions,
};

/** Its calls of management, which have a port of their own, as there. */
export const torchserveManagement: Dialect = {
  name: 'torchserve',
  owns: (path) => path.startsWith(`${managementPath}/`),
  errors: errorShape,
  schemas: [],
  register: registerManagement,
};
