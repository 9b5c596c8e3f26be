import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Errors } from 'typebox/schema';
import { expect } from 'vitest';
import { lookAtDataset, type LookContext } from '../../../src/datasets/looking/look-at-dataset.ts';
import type { DatasetLook, FindingCode } from '../../../src/datasets/looking/look-report.ts';
import { LookOutcomeSchema } from '../../../src/datasets/looking/look-request.ts';
import type { DatasetSpec, UploadedFile } from '../../../src/datasets/spec.ts';
import { lookJob } from '../../../src/jobs/kinds/look.ts';
import { openerOver } from '../dataset-files.ts';

/** Looks at a dataset below a folder, as a job does. */
export async function look(
  folder: string,
  dataset: DatasetSpec,
  more: {
    readonly [field: string]: unknown;
    readonly uploads?: readonly UploadedFile[];
    /** What is taken over from the newest version of a model. */
    readonly taken?: Pick<LookContext, 'inherited' | 'noteInherited'>;
  } = {},
): Promise<{ looked: DatasetLook; sheet: Buffer | undefined; notes: readonly string[] }> {
  const { uploads = [], taken = {}, ...fields } = more;
  const datasets = openerOver(folder);
  const { request } = await lookJob.accept({ dataset, ...fields }, uploads, { datasets });
  const jobDir = await mkdtemp(join(tmpdir(), 'glimpse-look-'));
  let sheet: Buffer | undefined;
  try {
    const outcome = await lookAtDataset(request, {
      ...taken,
      datasets,
      uploads,
      jobDir,
      signal: new AbortController().signal,
      report: () => {},
      saveSheet: async (png) => {
        sheet = png;
      },
    });
    expect(Errors(LookOutcomeSchema, outcome)).toEqual([true, []]);
    return { looked: outcome.looked, sheet, notes: outcome.notes };
  } finally {
    await rm(jobDir, { recursive: true, force: true });
  }
}

/** What a look found under one code; most are found once. */
export function found({ findings }: DatasetLook, code: FindingCode) {
  return findings.find((finding) => finding.code === code);
}
