import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isLabelColumnRefusal } from '../../datasets/label-column.ts';
import {
  LookEventSchema,
  LookOutcomeSchema,
  LookRequestSchema,
  ResolvedLookRequestSchema,
  type LookEvent,
  type LookOutcome,
  type ResolvedLookRequest,
} from '../../datasets/looking/look-request.ts';
import { DEFAULT_SHARE } from '../../datasets/parts/split.ts';
import type { UploadedFile } from '../../datasets/spec.ts';
import { SHEET_FILE } from '../sheet-file.ts';
import { checkedRequest, type AcceptContext, type JobKind } from './job-kind.ts';

/** Where a server has the contact sheet of a job. */
const sheetOf = (job: string | undefined): { sheet?: string } =>
  job === undefined ? {} : { sheet: `/train/${job}/sheet` };

/** Tells what would be understood of a dataset; stores nothing of it. */
export const lookJob = {
  name: 'look' as const,
  lane: 'short',
  publishes: false,
  schema: ResolvedLookRequestSchema,
  event: LookEventSchema,
  outcome: LookOutcomeSchema,
  async accept(
    asked: unknown,
    uploads: readonly UploadedFile[],
    { datasets }: Pick<AcceptContext, 'datasets'>,
  ) {
    const { name: _, keepDuplicates: __, ...request } = checkedRequest(LookRequestSchema, asked);
    const wanted = request.dataset ?? {};
    // Which column is the label is the first of the questions that a look tells.
    const { spec: dataset } = await datasets.check(wanted, uploads).catch((error: unknown) => {
      if (isLabelColumnRefusal(error)) return { spec: wanted };
      throw error;
    });
    const shares = { validationSplit: DEFAULT_SHARE, testSplit: DEFAULT_SHARE };
    return { request: { maxBadRows: 0.01, seed: 1, ...shares, ...request, dataset }, notes: [] };
  },
  async run(request, context) {
    const { lookAtDataset } = await import('../../datasets/looking/look-at-dataset.ts');
    const { inheritFor } = await import('../../training/predecessor.ts');
    const { repository, signal } = context;
    let hasSheet = false;
    const outcome = await lookAtDataset(request, {
      ...context,
      ...(await inheritFor(request.model, repository, signal)),
      async saveSheet(png) {
        await writeFile(join(context.jobDir, SHEET_FILE), png);
        hasSheet = true;
      },
    });
    const { looked } = outcome;
    return { ...outcome, looked: { ...looked, ...(hasSheet ? sheetOf(context.job) : {}) } };
  },
  // Who may not know of a model learns nothing of how it prepares its images.
  subject: ({ model, dataset }) =>
    model === undefined ? { dataset: dataset.uri ?? 'the upload' } : { model },
  summary({ looked }) {
    if (!looked) return undefined;
    const { trainable, examples, findings } = looked;
    const { length: count } = findings;
    return {
      fields: { looked: { trainable, examples, findings: count } },
      words: `${examples} examples, ${count} findings`,
    };
  },
} satisfies JobKind<ResolvedLookRequest, LookEvent, LookOutcome>;
