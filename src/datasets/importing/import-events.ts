import type { Static } from 'typebox';
import { CleaningReportSchema } from '../../repository/datasets/dataset-manifest.ts';
import { Closed } from '../../schema.ts';
import { Type } from '../../schema/builder.ts';
import { DatasetReportSchema } from '../report.ts';

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
  { ...Closed, title: 'ImportedDataset' },
);
export type Imported = Static<typeof ImportedSchema>;

/** What an import does, in this order. */
export const importStages = ['reading', 'cleaning', 'storing'] as const;

/** What an import reports while it goes on. */
export const ImportEventSchema = Type.Union([
  Type.Object({ type: Type.Literal('stage'), stage: Type.Enum([...importStages]) }, Closed),
  Type.Object({ type: Type.Literal('dataset'), dataset: DatasetReportSchema }, Closed),
]);
export type ImportEvent = Static<typeof ImportEventSchema>;

const seconds = Type.Number({ minimum: 0 });

/** What an import did. */
export const ImportOutcomeSchema = Type.Object(
  {
    imported: ImportedSchema,
    timings: Type.Object({ read: seconds, clean: seconds, store: seconds }, Closed),
    notes: Type.Array(Type.String()),
  },
  Closed,
);
export type ImportOutcome = Static<typeof ImportOutcomeSchema>;
