import {
  DatasetHistorySchema,
  NamedDatasetSchema,
  StoredDatasetSchema,
} from '../../datasets/catalogue.ts';
import { ImportRequestSchema } from '../../datasets/importing/import-request.ts';
import { DatasetLookSchema } from '../../datasets/looking/look-report.ts';
import { LookRequestSchema } from '../../datasets/looking/look-request.ts';
import { Type } from '../../schema/builder.ts';
import { reference } from '../schemas.ts';
import { binary, jsonOrForm } from './train-schemas.ts';

/** For the contract only: the queue checks the request, receive-form.ts reads the form. */
export const importBody = jsonOrForm(
  Type.Unsafe({
    title: 'ImportOrLookRequest',
    description: 'The second is for a dry run.',
    anyOf: [reference('ImportRequest'), reference('LookRequest')],
  }),
  'ImportForm',
  { dataset: binary('Files of the dataset, under any field name.') },
);

/** Whether a dataset is only looked at. */
export const DryRunSchema = Type.Object({
  dryRun: Type.Optional(
    Type.Boolean({
      description:
        'Store nothing, and tell what was understood of the dataset. The name may be left out then, and validationSplit, testSplit and seed are taken as in training.',
    }),
  ),
});

const name = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
  description: 'A stored dataset.',
});
export const DatasetParamsSchema = Type.Object({ name });
export const DigestParamsSchema = Type.Object({
  name,
  digest: Type.String({
    pattern: '^[0-9a-f]{8,64}$',
    description: 'Its digest, or the first eight digits of it and more.',
  }),
});

/** Of a dataset, a version or a model. */
const DeletedSchema = Type.Object(
  {
    model: Type.Optional(Type.String()),
    version: Type.Optional(Type.Integer()),
    dataset: Type.Optional(Type.String()),
    digest: Type.Optional(Type.String()),
    deletedAt: Type.String({ description: 'RFC 3339, UTC.' }),
    until: Type.String({ description: 'It can be taken back until then, at least.' }),
  },
  { $id: 'Deleted', description: 'What was deleted, and can be taken back.' },
);

export const datasetSchemas = [
  DeletedSchema,
  Type.Object(ImportRequestSchema.properties, {
    additionalProperties: false,
    $id: 'ImportRequest',
    description: 'Without dataset.uri the uploaded files are read.',
  }),
  Type.Object(LookRequestSchema.properties, {
    additionalProperties: false,
    $id: 'LookRequest',
    description: 'As for an import; name and keepDuplicates make no difference to a dry run.',
  }),
  Type.Object(DatasetLookSchema.properties, { $id: 'DatasetLook' }),
  Type.Object(StoredDatasetSchema.properties, { $id: 'StoredDataset' }),
  Type.Object(NamedDatasetSchema.properties, { $id: 'NamedDataset' }),
  Type.Object(DatasetHistorySchema.properties, { $id: 'DatasetHistory' }),
  Type.Object({ datasets: Type.Array(reference('NamedDataset')) }, { $id: 'DatasetList' }),
];
