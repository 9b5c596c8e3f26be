import multipart from '@fastify/multipart';
import type { FastifyInstance } from 'fastify';
import { PredictJobRequestSchema } from '../../jobs/predicting/predict-request.ts';
import { Type } from '../../schema/builder.ts';
import { checkScope } from '../access/visible.ts';
import { acceptEncodedBodies } from '../content-encoding.ts';
import { reference } from '../schemas.ts';
import {
  formValidator,
  JobHeadersSchema,
  jobResponses,
  submitJob,
  type JobHeaders,
  type SubmitContext,
} from './submit-job.ts';
import { binary, jsonOrForm } from './train-schemas.ts';

export const predictJobSchemas = [
  Type.Object(PredictJobRequestSchema.properties, {
    additionalProperties: false,
    $id: 'PredictJobRequest',
    description: 'Only out must be given; without dataset.uri the uploaded files are read.',
  }),
];

/** What predicts from many images at once, with nobody who waits. */
export async function registerPredictJobsRoute(
  app: FastifyInstance,
  context: SubmitContext,
): Promise<void> {
  await app.register(multipart);
  acceptEncodedBodies(app);
  app.post<{ Headers: JobHeaders }>(
    '/predict-jobs',
    {
      validatorCompiler: formValidator,
      schema: {
        tags: ['predict'],
        operationId: 'startPrediction',
        summary: 'Predict from every image of a place into another, as a job.',
        description:
          'Reads any dataset, with labels or without, as a stream; writes parts, and their manifest last. An image that cannot be used is a row with an error. A job that was interrupted, or the same request again, goes on behind the last whole part. Needs the scope predict as well.',
        headers: JobHeadersSchema,
        body: jsonOrForm(reference('PredictJobRequest'), 'PredictJobForm', {
          dataset: binary('Files to predict from, under any field name.'),
        }),
        response: jobResponses,
      },
    },
    (request, reply) => {
      checkScope(request, 'predict');
      return submitJob('predict', request, reply, context);
    },
  );
}
