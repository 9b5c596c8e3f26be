import { Type, type Static } from 'typebox';
import { CleaningReportSchema } from '../../repository/datasets/dataset-manifest.ts';
import { DatasetSpecSchema } from '../../datasets/spec.ts';
import { RequestedPreprocessingSchema } from '../../datasets/preprocessing-for.ts';
import { TimingsSchema } from '../../training/events.ts';
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
  Closed,
);
export type ResolvedImportRequest = Static<typeof ResolvedImportRequestSchema>;

/** What an import stored, and what it left out. */
export const ImportedSchema = Type.Object(
  {
    name: Type.String(),
    digest: Type.String(),
    uri: Type.String({ description: 'What dataset.uri calls exactly this dataset.' }),
    created: Type.Boolean({ description: 'false: these very examples were stored before.' }),
    examples: Type.Integer({ minimum: 1 }),
    report: CleaningReportSchema,
  },
  Closed,
);
export type Imported = Static<typeof ImportedSchema>;

/** What an import did. */
export const ImportOutcomeSchema = Type.Object(
  { imported: ImportedSchema, timings: TimingsSchema, notes: Type.Array(Type.String()) },
  Closed,
);
export type ImportOutcome = Static<typeof ImportOutcomeSchema>;
