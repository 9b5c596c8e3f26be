import type { RouteShorthandOptions } from 'fastify';
import type { TSchema } from 'typebox';
import { Type } from '../../../schema/builder.ts';
import type { Operation } from '../../schemas.ts';
import { ModelParamsSchema, errorResponsesAs, numberInText, reference } from '../../schemas.ts';
import { unchecked } from '../../validate-request.ts';
import { datatypes } from './datatypes.ts';

export const oipErrorId = 'OipError';

/** Versions are addressed by their number, and by a label: what is no number is one. */
export const OipVersionParamsSchema = Type.Object({
  ...ModelParamsSchema.properties,
  version: Type.String({
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
    description: 'A version of the model by its number, or a label that points at one.',
  }),
});

const stages = ['compute_input', 'compute_infer', 'compute_output'] as const;

const Parameters = Type.Record(Type.String(), Type.Unknown());
const name = Type.String();
const shape = Type.Array(Type.Integer(), { description: 'The first axis is that of the batch.' });
const datatype = Type.String({ description: [...Object.keys(datatypes), 'BYTES'].join(', ') });
const data = Type.Optional(
  Type.Array(Type.Unknown(), {
    description: 'Elements in rows, nested or flat; BYTES are base64.',
  }),
);

const InputSchema = Type.Object(
  { name, shape, datatype, parameters: Type.Optional(Parameters), data },
  { title: 'OipInput' },
);

const RequestedOutputSchema = Type.Object(
  {
    name: Type.String({
      description: 'That of the model’s output, probabilities, label, or score.',
    }),
    parameters: Type.Optional(
      Type.Object(
        {
          classification: Type.Optional(
            Type.Integer({ description: 'So many best classes as texts "value:index:class".' }),
          ),
          binary_data: Type.Optional(Type.Boolean({ description: 'As bytes behind the JSON.' })),
        },
        { title: 'OipRequestedOutputParameters' },
      ),
    ),
  },
  { title: 'OipRequestedOutput' },
);

const InferRequestSchema = Type.Object(
  {
    id: Type.Optional(Type.String({ description: 'Comes back.' })),
    parameters: Type.Optional(
      Type.Object(
        {
          binary_data_output: Type.Optional(Type.Boolean()),
          timeout: Type.Optional(Type.Integer({ description: 'Microseconds.' })),
          priority: Type.Optional(
            Type.Integer({ description: '2 and more: answered while no other call waits.' }),
          ),
        },
        { title: 'OipRequestParameters' },
      ),
    ),
    inputs: Type.Array(InputSchema, { minItems: 1, maxItems: 1 }),
    outputs: Type.Optional(Type.Array(RequestedOutputSchema)),
  },
  { $id: 'OipInferBody' },
);

const InferResponseSchema = Type.Object(
  {
    model_name: Type.String(),
    model_version: Type.String(),
    id: Type.Optional(Type.String()),
    parameters: Type.Optional(Parameters),
    outputs: Type.Array(
      Type.Object(
        { name, shape, datatype, parameters: Type.Optional(Parameters), data },
        { title: 'OipOutput' },
      ),
    ),
  },
  { $id: 'OipInferResponse' },
);

const TensorMetadataSchema = Type.Object(
  { name, datatype, shape: Type.Array(Type.Integer(), { description: '-1: any length.' }) },
  { title: 'OipTensorMetadata' },
);

const ConfiguredTensorSchema = Type.Object(
  { name, data_type: Type.String(), dims: Type.Array(Type.Integer()) },
  { title: 'OipConfiguredTensor' },
);

const DurationSchema = Type.Object(
  { count: Type.Integer(), ns: Type.Integer({ description: 'Nanoseconds, all together.' }) },
  { title: 'OipDuration' },
);
const durations = (names: readonly string[]) =>
  Object.fromEntries(names.map((one) => [one, DurationSchema]));

const ModelStatisticsSchema = Type.Object(
  {
    name,
    version: Type.String(),
    last_inference: Type.Integer({ description: 'Milliseconds since 1970.' }),
    inference_count: Type.Integer({ description: 'Images.' }),
    execution_count: Type.Integer({ description: 'Batches.' }),
    inference_stats: Type.Object(
      durations(['success', 'fail', 'queue', ...stages, 'cache_hit', 'cache_miss']),
      {
        title: 'OipInferenceStatistics',
      },
    ),
    batch_stats: Type.Array(
      Type.Object(
        { batch_size: Type.Integer(), ...durations(stages) },
        { title: 'OipBatchStatistics' },
      ),
    ),
  },
  { title: 'OipModelStatistics' },
);

export const oipSchemas: readonly TSchema[] = [
  Type.Object(
    {
      name,
      platform: Type.String(),
      backend: Type.String(),
      max_batch_size: Type.Integer(),
      input: Type.Array(ConfiguredTensorSchema),
      output: Type.Array(ConfiguredTensorSchema),
      dynamic_batching: Type.Record(Type.String(), Type.Unknown()),
    },
    { $id: 'OipModelConfiguration' },
  ),
  Type.Object({ model_stats: Type.Array(ModelStatisticsSchema) }, { $id: 'OipStatistics' }),
  Type.Object({ ready: Type.Optional(Type.Boolean()) }, { $id: 'OipRepositoryIndexBody' }),
  Type.Array(
    Type.Object(
      { name, version: Type.String(), state: Type.String(), reason: Type.String() },
      { title: 'OipIndexedVersion' },
    ),
    { $id: 'OipRepositoryIndex' },
  ),
  Type.Object({ parameters: Type.Optional(Parameters) }, { $id: 'OipLoadRequest' }),
  Type.Object({ parameters: Type.Optional(Parameters) }, { $id: 'OipUnloadRequest' }),
  InferRequestSchema,
  InferResponseSchema,
  Type.Object({ error: Type.String() }, { $id: oipErrorId }),
  Type.Object(
    {
      name: Type.String(),
      version: Type.String(),
      extensions: Type.Array(Type.String()),
    },
    { $id: 'OipServerMetadata' },
  ),
  Type.Object({ live: Type.Boolean() }, { $id: 'OipLive' }),
  Type.Object(
    { ready: Type.Boolean(), reasons: Type.Array(Type.String()) },
    { $id: 'OipServerReady' },
  ),
  Type.Object({ name: Type.String(), ready: Type.Boolean() }, { $id: 'OipModelReady' }),
  Type.Object(
    {
      name: Type.String(),
      versions: Type.Array(Type.String()),
      platform: Type.String(),
      inputs: Type.Array(TensorMetadataSchema),
      outputs: Type.Array(TensorMetadataSchema),
    },
    { $id: 'OipModelMetadata' },
  ),
];

/** For the contract only: infer-form.ts reads and checks bodies. */
const inferBody = {
  content: {
    'application/json': { schema: reference('OipInferBody') },
    'application/octet-stream': { schema: Type.String({ format: 'binary' }) },
  },
};

const inferDescription =
  'One tensor in, tensors out. The model’s own input takes numbers as they are; "pixels" takes 0 to 255 and has the preprocessing ' +
  'of the model, "image" of BYTES encoded files. With inference-header-content-length, bytes stand behind so much JSON; with 0 ' +
  'the body is the tensor itself, such as an image file. Without "outputs" the answer has the model’s own.';

/** The description of an infer call. */
export function inferRoute(
  operationId: string,
  summary: string,
  params: TSchema,
): RouteShorthandOptions {
  return {
    validatorCompiler: unchecked('body', 'headers'),
    schema: {
      tags: ['oip'],
      operationId,
      summary,
      description: inferDescription,
      params,
      headers: Type.Object({
        'inference-header-content-length': Type.Optional(
          numberInText(0, 'How many bytes of the body are JSON.'),
        ),
      }),
      body: inferBody,
      response: {
        200: {
          description: 'One row for each example.',
          content: {
            'application/json': { schema: reference('OipInferResponse') },
            'application/octet-stream': { schema: Type.String({ format: 'binary' }) },
          },
        },
        ...errorResponsesAs(oipErrorId)(404, 429, 503, 504),
      },
    },
  };
}

/** The description of any other call. */
export function oipRoute(
  operation: Operation,
  responseId: string,
  params?: TSchema,
  responses: object = {},
): RouteShorthandOptions {
  return {
    schema: {
      tags: ['oip'],
      ...operation,
      ...(params && { params }),
      response: { 200: reference(responseId, 'As asked.'), ...responses },
    },
  };
}
