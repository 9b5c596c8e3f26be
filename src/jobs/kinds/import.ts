import type { UploadedFile } from '../../datasets/spec.ts';
import {
  ImportEventSchema,
  ImportOutcomeSchema,
  type ImportEvent,
  type ImportOutcome,
} from '../../datasets/importing/import-events.ts';
import {
  ImportRequestSchema,
  ResolvedImportRequestSchema,
  type ResolvedImportRequest,
} from '../../datasets/importing/import-request.ts';
import { checkedRequest, type AcceptContext, type JobKind } from './job-kind.ts';

/** Cleans a dataset and stores it in the repository. */
export const importJob = {
  name: 'import' as const,
  lane: 'short',
  publishes: false,
  schema: ResolvedImportRequestSchema,
  event: ImportEventSchema,
  outcome: ImportOutcomeSchema,
  async accept(
    asked: unknown,
    uploads: readonly UploadedFile[],
    { datasets }: Pick<AcceptContext, 'datasets'>,
  ) {
    const request = checkedRequest(ImportRequestSchema, asked);
    const { spec: dataset } = await datasets.check(request.dataset ?? {}, uploads);
    return {
      request: { maxBadRows: 0.01, keepDuplicates: false, ...request, dataset },
      notes: [],
    };
  },
  async run(request, context) {
    const { runImport } = await import('../../datasets/importing/import-dataset.ts');
    return runImport(request, context);
  },
  subject: ({ name }) => ({ dataset: name }),
  summary({ imported }) {
    if (!imported) return undefined;
    // The report may be long; the record has it.
    const { report: _, ...stored } = imported;
    return { fields: { imported: stored }, words: stored.uri };
  },
} satisfies JobKind<ResolvedImportRequest, ImportEvent, ImportOutcome>;
