import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Errors } from 'typebox/schema';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import type { UploadedFile } from '../../../src/datasets/spec.ts';
import {
  jobKinds,
  JobStageSchema,
  type JobKindName,
  type RunEvent,
} from '../../../src/jobs/kinds.ts';
import type { JobContext } from '../../../src/jobs/kinds/job-kind.ts';
import { JobRecordSchema } from '../../../src/jobs/record.ts';
import { openOnnxRuntime } from '../../../src/runtime/onnx-runtime.ts';
import { bindPublishUpload } from '../../../src/publishing/uploads/publish-upload.ts';
import { tinyModel } from '../../support/tiny-onnx.ts';
import { predictionParts } from '../predicting/prediction-parts.ts';
import { tinyRequest, tinyWorkshop } from '../../training/tiny-run.ts';

/** What a client may ask of each kind, the stages its run goes through, and what is said of its success. */
const asked: Record<
  JobKindName,
  {
    request: object;
    stages: string[];
    timings: string[];
    words: RegExp;
    subject: object;
    made?: object;
    needsVersion?: boolean;
    upload?: Uint8Array;
  }
> = {
  train: {
    request: { ...tinyRequest, epochs: 1 },
    stages: ['reading', 'training', 'evaluating', 'publishing'],
    timings: ['evaluate', 'publish', 'read', 'train'],
    words: /^version 1$/,
    subject: { model: 'bars', releases: false },
  },
  evaluate: {
    request: { model: 'bars', version: 1, dataset: { uri: 'bars.csv' } },
    needsVersion: true,
    stages: ['reading', 'evaluating'],
    timings: ['evaluate', 'read'],
    words: /^version 1$/,
    subject: { model: 'bars' },
  },
  import: {
    request: { name: 'rows', dataset: { uri: 'bars.csv' } },
    stages: ['reading', 'cleaning', 'storing'],
    timings: ['clean', 'read', 'store'],
    words: /^dataset:rows@[0-9a-f]{64}$/,
    subject: { dataset: 'rows' },
  },
  look: {
    request: { dataset: { uri: 'bars.csv' } },
    stages: ['reading', 'comparing', 'drawing'],
    timings: ['compare', 'draw', 'read'],
    words: /^\d+ examples, \d+ findings$/,
    subject: { dataset: 'bars.csv' },
    made: { looked: { sheet: '/train/1234/sheet' } },
  },
  predict: {
    request: { model: 'bars', dataset: { uri: 'bars.csv' }, out: 'predicted' },
    needsVersion: true,
    stages: ['opening', 'predicting'],
    timings: ['predict'],
    words: /^120 rows predicted, 0 with an error$/,
    subject: { model: 'bars' },
    made: { predicted: { model: 'bars', version: 1, rows: 120, errors: 0, parts: 1 } },
  },
  publish: {
    request: { model: 'tiny', classes: ['dark', 'left', 'bright'], source: 'here' },
    upload: tinyModel(),
    stages: ['examining', 'publishing'],
    timings: ['examine', 'publish'],
    words: /^version 1$/,
    subject: { model: 'tiny', releases: false },
    made: { version: 1, release: { decision: 'promoted' } },
  },
  trial: {
    request: { search: 'a', trial: 1, train: { ...tinyRequest, epochs: 1 } },
    stages: ['reading', 'training'],
    timings: ['read', 'train'],
    words: /^accuracy [01]/,
    subject: { model: 'bars' },
    made: { metrics: { measuredOn: 'validation examples, which the search chooses by' } },
  },
  search: {
    request: { train: tinyRequest, ranges: { batchSize: { type: 'integer', from: 8, to: 16 } } },
    stages: [],
    timings: [],
    words: /^/,
    subject: { model: 'bars', releases: false },
  },
};

const kindNames = Object.values(jobKinds).map(({ name }) => name);

/** Everything a kind needs to accept and to run; `publish` makes the version bars/1. */
async function workshop() {
  const { folder, repository, parts, run } = await tinyWorkshop();
  const events: RunEvent[] = [];
  const context: JobContext<RunEvent> = {
    ...parts,
    ...predictionParts(folder, parts.images),
    publishUpload: bindPublishUpload({
      repository,
      images: parts.images,
      config: readConfig({ GLIMPSE_DATA_DIR: folder }),
    }),
    job: '1234',
    loadRuntime: ({ file, signature }) => openOnnxRuntime({ file, signature, threads: 1 }),
    report: (event) => events.push(event),
  };
  const acceptContext = {
    datasets: parts.datasets,
    defaultModel: 'digits',
    checkRoom: (model: string) => repository.checkRoom(model),
    checkVersion: (model: string, version: number) => repository.manifest(model, version),
    versions: repository,
    outputs: context.outputs,
    searches: { maxTrials: 20 },
  };
  return { events, context, acceptContext, publish: () => run({ epochs: 1 }) };
}

async function uploadOf(folder: string, bytes: Uint8Array): Promise<UploadedFile> {
  const file = join(folder, 'sent');
  await writeFile(file, bytes);
  return { part: 'model', name: 'net.onnx', file };
}

describe('the kinds of jobs', () => {
  it('are known by their names, and a record may be of each', () => {
    expect(kindNames.toSorted()).toEqual(Object.keys(jobKinds).toSorted());
    expect(JobRecordSchema.properties.kind.enum.toSorted()).toEqual(kindNames.toSorted());
  });

  // Searches run where the queue is: see searches.test.ts.
  it.each(kindNames.filter((name) => name !== 'search'))(
    'accept and run a request, and say what came of it: %s',
    async (name) => {
      const kind = jobKinds[name as JobKindName];
      const {
        request,
        stages,
        timings,
        words,
        subject,
        made: expected = {},
        needsVersion = false,
        upload,
      } = asked[name as JobKindName];
      const { events, context, acceptContext, publish } = await workshop();
      if (needsVersion) await publish();
      const uploads = upload ? [await uploadOf(context.jobDir, upload)] : [];
      const accepted = await kind.accept(request, uploads, acceptContext);
      expect(Errors(kind.schema, accepted.request)).toEqual([true, []]);
      expect(kind.subject(accepted.request)).toEqual(subject);

      const outcome = await kind.run(accepted.request, { ...context, uploads });
      expect(Errors(kind.outcome, outcome)).toEqual([true, []]);
      expect(outcome).toMatchObject(expected);
      expect(Object.keys(outcome.timings).toSorted()).toEqual(timings);
      expect(events.flatMap((event) => (event.type === 'stage' ? [event.stage] : []))).toEqual(
        stages,
      );
      for (const event of events) expect(Errors(kind.event, event)).toEqual([true, []]);
      for (const stage of stages) expect(JobStageSchema.enum).toContain(stage);
      // What it made fits into a record, field by field.
      const { notes: _, ...made } = outcome;
      for (const field of Object.keys(made))
        expect(JobRecordSchema.properties).toHaveProperty(field);

      expect(kind.summary(outcome)?.words).toMatch(words);
      expect(kind.summary({})).toBeUndefined();
    },
    60_000,
  );

  it.each(kindNames)('refuse a request with a field nobody knows: %s', async (name) => {
    const { acceptContext } = await workshop();
    const { request } = asked[name as JobKindName];
    await expect(
      jobKinds[name as JobKindName].accept({ ...request, colour: 'red' }, [], acceptContext),
    ).rejects.toMatchObject({
      code: 'GLIMPSE_INVALID_REQUEST',
      message: expect.stringContaining(': it has no field called "colour"'),
      details: { in: 'body', path: '/colour' },
    });
  });

  it.each([
    [{ model: 'bars', dataset: {} }, 'GLIMPSE_INVALID_REQUEST'],
    [{ model: 'bars', version: 0 }, 'GLIMPSE_INVALID_REQUEST'],
    [{ model: 'bars', version: 9 }, 'GLIMPSE_VERSION_NOT_FOUND'],
    [[], 'GLIMPSE_INVALID_REQUEST'],
    [null, 'GLIMPSE_INVALID_REQUEST'],
  ])('refuse to evaluate %j', async (request, code) => {
    const { acceptContext } = await workshop();
    await expect(jobKinds.evaluate.accept(request, [], acceptContext)).rejects.toMatchObject({
      code,
    });
  });
});
