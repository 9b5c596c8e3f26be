import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import type { JobRecord } from '../../jobs/record.ts';
import { PublishRequestSchema, uploadParts } from '../../jobs/publishing/publish-request.ts';
import { presetNames } from '../../preprocessing/presets.ts';
import type { Registry } from '../../registry/registry.ts';
import { Type } from '../../schema/builder.ts';
import { describedVersion } from '../models/described-version.ts';
import { errorResponses, ModelParamsSchema, reference } from '../schemas.ts';
import { receiveFile } from './receive-file.ts';
import type { UploadLimits } from './receive-form.ts';
import {
  formValidator,
  JobHeadersSchema,
  jobResponses,
  submitJob,
  type JobHeaders,
  type SubmitContext,
} from './submit-job.ts';
import { binary } from './train-schemas.ts';

export interface UploadRouteOptions extends SubmitContext {
  readonly registry: Pick<Registry, 'describeVersion'>;
}

/** What may be said beside a body that is the file itself; everything else goes into a form. */
const QuerySchema = Type.Object({
  classes: Type.Optional(
    Type.String({
      // More than all headers of a request may have does not arrive.
      maxLength: 16_384,
      pattern: '^\\s*[^,\\s][^,]*(,\\s*[^,\\s][^,]*)+$',
      description: 'Names with commas between them.',
    }),
  ),
  preset: Type.Optional(
    Type.Enum([...presetNames], { description: 'The preprocessing by the name of a preset.' }),
  ),
  shape: PublishRequestSchema.properties.shape,
  layout: PublishRequestSchema.properties.layout,
  output: PublishRequestSchema.properties.output,
  outputKind: PublishRequestSchema.properties.outputKind,
  label: PublishRequestSchema.properties.label,
  source: PublishRequestSchema.properties.source,
});

type UploadRoute = {
  Params: Static<typeof ModelParamsSchema>;
  Headers: JobHeaders;
  Querystring: Static<typeof QuerySchema>;
};

/** For the contract only: the parts are read as they come. */
const uploadBody = {
  content: {
    'multipart/form-data': {
      schema: Type.Object(
        {
          request: Type.Optional(reference('PublishRequest', 'As JSON; all may be left out.')),
          model: Type.String({
            format: 'binary',
            description:
              'A file of ONNX, Keras or TensorFlow; or a ZIP file with it and the files of its weights, with a SavedModel, with the model.json of TensorFlow.js and its shards, or with a version folder and its manifest.',
          }),
          data: binary('A file in which the graph keeps weights, once for each.'),
          golden: binary(
            'An image whose scores are recorded and checked at every load; as "golden:class" also against its class.',
          ),
          calibration: binary(
            'Examples by which the model is put in eight bits, where the request says "quantise": a dataset as for training, or images in one ZIP file.',
          ),
        },
        { title: 'PublishForm' },
      ),
    },
    'application/octet-stream': {
      schema: Type.String({
        format: 'binary',
        description: 'The file itself, of ONNX, Keras or TensorFlow, or a ZIP file.',
      }),
    },
  },
};

/** Publishing a model that is sent. */
export async function registerUpload(
  app: FastifyInstance,
  context: UploadRouteOptions,
): Promise<void> {
  await app.register(multipart);
  // The body stays a stream: it goes to the disk as it comes in. JSON is no model.
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser(
    ['application/octet-stream', 'application/onnx', 'application/zip'],
    (_request, _payload, done) => done(null),
  );
  app.post<UploadRoute>(
    '/models/:model/versions',
    {
      validatorCompiler: formValidator,
      schema: {
        tags: ['train'],
        operationId: 'uploadVersion',
        summary: 'Publish a model that was trained elsewhere as the next version, as a job.',
        description:
          'The file is examined as glimpse publish does: what it takes and gives is read from its graph, it runs in a cell, its golden samples are recorded, and it is held to the self-test of a server. What the graph leaves open is asked for (GLIMPSE_MODEL_UNCLEAR). A version with its manifest is published as it is, and what is said of classes, pixels or scores beside it is refused. The release policy of the model decides whether it answers for production. A model that does not pass makes no version.',
        params: ModelParamsSchema,
        querystring: QuerySchema,
        headers: JobHeadersSchema,
        body: uploadBody,
        response: {
          ...jobResponses,
          201: reference('Version', 'With "Prefer: wait": published; location names it.'),
          ...errorResponses(400, 403, 404, 409, 413, 415, 422, 429, 503),
        },
      },
    },
    (request, reply) =>
      submitJob('publish', request, reply, context, {
        path: request.params,
        receive: (limits) => received(request, limits),
        onSuccess: (job) => sendPublished(reply, job, context.registry),
      }),
  );
}

/** A body that is the file itself, with what the query says. Undefined for a form. */
function received(
  request: FastifyRequest<UploadRoute>,
  limits: UploadLimits,
): ReturnType<typeof receiveFile> | undefined {
  if (request.isMultipart()) return undefined;
  const { classes, preset, ...said } = request.query;
  const fields = {
    ...said,
    ...(classes !== undefined && { classes: classes.split(',').map((name) => name.trim()) }),
    ...(preset !== undefined && { preprocessing: { preset } }),
  };
  return receiveFile(request, uploadParts.model, fields, limits);
}

async function sendPublished(
  reply: FastifyReply,
  { request, version }: JobRecord,
  registry: UploadRouteOptions['registry'],
): Promise<FastifyReply> {
  if (version === undefined || !('model' in request) || request.model === undefined) {
    throw new Error('a publication has made no version: this is our bug');
  }
  const { model } = request;
  return reply
    .code(201)
    .header('location', `/models/${model}/versions/${version}`)
    .send(await describedVersion(registry, model, version));
}
