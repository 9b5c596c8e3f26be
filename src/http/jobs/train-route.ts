import multipart from '@fastify/multipart';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { VersionParamsSchema } from '../schemas.ts';
import { acceptEncodedBodies } from '../content-encoding.ts';
import {
  formValidator,
  JobHeadersSchema,
  jobResponses,
  submitJob,
  type JobHeaders,
  type SubmitContext,
} from './submit-job.ts';
import { evaluateBody, trainBody } from './train-schemas.ts';

/** What makes a version, or measures one. */
export async function registerTrainRoutes(
  app: FastifyInstance,
  context: SubmitContext,
): Promise<void> {
  await app.register(multipart);
  acceptEncodedBodies(app);
  registerTrain(app, context);
  registerEvaluate(app, context);
}

function registerTrain(app: FastifyInstance, context: SubmitContext): void {
  app.post<{ Headers: JobHeaders }>(
    '/train',
    {
      validatorCompiler: formValidator,
      schema: {
        tags: ['train'],
        operationId: 'startTraining',
        summary: 'Train a new version in the background. An empty request trains the default.',
        description:
          'The request is checked whole before it is accepted. What comes out is published as the next version of the model, and only when the job has succeeded.',
        headers: JobHeadersSchema,
        body: trainBody,
        response: jobResponses,
      },
    },
    (request, reply) => submitJob('train', request, reply, context),
  );
}

type EvaluateRoute = {
  Params: Static<typeof VersionParamsSchema>;
  Headers: JobHeaders;
};

function registerEvaluate(app: FastifyInstance, context: SubmitContext): void {
  app.post<EvaluateRoute>(
    '/models/:model/versions/:version/evaluate',
    {
      validatorCompiler: formValidator,
      schema: {
        tags: ['train'],
        operationId: 'evaluateVersion',
        summary: 'Measure a version on labelled examples, as a job.',
        description: 'Changes nothing of the version. The figures are in the job, under metrics.',
        params: VersionParamsSchema,
        headers: JobHeadersSchema,
        body: evaluateBody,
        response: jobResponses,
      },
    },
    (request, reply) => submitJob('evaluate', request, reply, context, { path: request.params }),
  );
}
