import type { Static } from 'typebox';
import { DatasetSpecSchema } from '../../datasets/spec.ts';
import { Closed } from '../../schema.ts';
import { Type } from '../../schema/builder.ts';

/** Where images are and how to read them. Rows are predicted from one by one, so there is nothing to leave out. */
const InputSpecSchema = Type.Object(
  { ...Type.Omit(DatasetSpecSchema, ['offset', 'limit', 'classes']).properties },
  {
    ...Closed,
    title: 'InputSpec',
    description:
      'As a dataset of a training request, with labels or without: they are not looked at. Of a folder, a prefix or an archive every image is read, else the rows of its table.',
  },
);

const fields = {
  model: Type.String({ minLength: 1, maxLength: 64 }),
  version: Type.Integer({ minimum: 1 }),
  dataset: InputSpecSchema,
  out: Type.String({
    minLength: 1,
    maxLength: 1024,
    description:
      'Where the predictions go: s3://bucket/prefix under one of GLIMPSE_DATASET_URIS, or a folder under GLIMPSE_DATASET_ROOT. Nothing else may lie there.',
  }),
  format: Type.Union(
    [Type.Literal('json-lines'), Type.Literal('arrow-ipc'), Type.Literal('apache-parquet')],
    {
      title: 'PredictionFormat',
      description:
        'Of the parts: a JSON object on each line (the default), Arrow IPC files, or Parquet files.',
    },
  ),
  topK: Type.Integer({
    minimum: 1,
    maximum: 1000,
    description: 'How many classes for each image, best first. Default 3.',
  }),
  rowsPerPart: Type.Integer({
    minimum: 1,
    maximum: 100_000,
    description: 'Rows of one part, which is what a resumed job does not do again. Default 1000.',
  }),
};

/** The JSON body of POST /predict-jobs. */
export const PredictJobRequestSchema = Type.Object(
  {
    model: Type.Optional(fields.model),
    version: Type.Optional(fields.version),
    label: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description:
          'The version that this label points at now. Without version and label it is that of production, else the newest.',
      }),
    ),
    dataset: Type.Optional(fields.dataset),
    out: fields.out,
    format: Type.Optional(fields.format),
    topK: Type.Optional(fields.topK),
    rowsPerPart: Type.Optional(fields.rowsPerPart),
  },
  { ...Closed, description: 'Without dataset.uri the uploaded files are read.' },
);

/** A batch prediction with everything decided: what a job record keeps. */
export const ResolvedPredictRequestSchema = Type.Object(fields, {
  ...Closed,
  title: 'DecidedPredictRequest',
});
export type ResolvedPredictRequest = Static<typeof ResolvedPredictRequestSchema>;
