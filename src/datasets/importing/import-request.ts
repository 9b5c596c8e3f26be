import type { Static } from 'typebox';
import { Type } from '../../schema/builder.ts';
import { DatasetSpecSchema } from '../spec.ts';
import { RequestedPreprocessingSchema } from '../../preprocessing/requested.ts';
import { Closed } from '../../schema.ts';

const fields = {
  name: Type.String({
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
    description: 'The name it is stored under.',
  }),
  dataset: DatasetSpecSchema,
  maxBadRows: Type.Number({
    minimum: 0,
    description:
      'Unusable rows that are passed over: a share below 1, else a number. Default 0.01.',
  }),
  keepDuplicates: Type.Boolean({
    description:
      'Leave in what has the same pixels as another example, and only report it. Default false.',
  }),
  preprocessing: RequestedPreprocessingSchema,
};

/** The JSON body of POST /datasets. */
export const ImportRequestSchema = Type.Object(
  {
    name: fields.name,
    dataset: Type.Optional(fields.dataset),
    maxBadRows: Type.Optional(fields.maxBadRows),
    keepDuplicates: Type.Optional(fields.keepDuplicates),
    preprocessing: Type.Optional(fields.preprocessing),
  },
  { ...Closed, description: 'Without dataset.uri the uploaded files are read.' },
);
export type ImportRequest = Static<typeof ImportRequestSchema>;

/** An import with everything decided: what a job record keeps. */
export const ResolvedImportRequestSchema = Type.Object(
  { ...fields, preprocessing: Type.Optional(fields.preprocessing) },
  { ...Closed, title: 'DecidedImportRequest' },
);
export type ResolvedImportRequest = Static<typeof ResolvedImportRequestSchema>;
