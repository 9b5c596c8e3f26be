import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StreamedInput } from '../../../src/datasets/streaming/input.ts';
import type { BatchAnswer } from '../../../src/jobs/predicting/batch-predictor.ts';
import type { PredictEvent } from '../../../src/jobs/predicting/predict-events.ts';
import type { ResolvedPredictRequest } from '../../../src/jobs/predicting/predict-request.ts';
import {
  runPrediction,
  type PredictionContext,
} from '../../../src/jobs/predicting/run-prediction.ts';
import { streamsOver, temporaryFolder } from '../../datasets/dataset-files.ts';
import { outputsIn } from './prediction-parts.ts';

async function writeImage(folder: string, index: number, content: string): Promise<void> {
  const file = join(folder, 'in', `${1000 + index}.png`);
  await writeFile(file, content);
  await utimes(file, 1_700_000_000, 1_700_000_000);
}

/** A folder with images that are the numbers of their places, and a model that reads them. */
async function site(images = 25) {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'in'));
  for (let index = 0; index < images; index += 1) await writeImage(folder, index, String(index));
  return folder;
}

const request: ResolvedPredictRequest = {
  model: 'm',
  version: 2,
  dataset: { uri: 'in' },
  out: 'out',
  format: 'json-lines',
  topK: 1,
  rowsPerPart: 10,
};

interface Run {
  readonly asked: number[];
  readonly events: PredictEvent[];
  readonly outcome: ReturnType<typeof runPrediction>;
}

/** A run whose model answers with the image itself, "7" as an error; `onCall` may end it. */
function run(
  folder: string,
  changes: Partial<ResolvedPredictRequest> = {},
  { onCall, digest = 'sha256:1' }: { onCall?: (calls: number) => void; digest?: string } = {},
): Run {
  const asked: number[] = [];
  const events: PredictEvent[] = [];
  let calls = 0;
  const answer = (input: StreamedInput): BatchAnswer => {
    if (!('image' in input)) return { error: { code: 'GLIMPSE_ROW_UNUSABLE', message: 'no' } };
    const label = Buffer.from(input.image).toString();
    asked.push(Number(label));
    if (label === '7') return { error: { code: 'GLIMPSE_IMAGE_EMPTY', message: 'none' } };
    const scored = { label: Number(label) % 2 === 0 ? 'even' : 'odd', score: 0.5 };
    return { ...scored, top: [scored] };
  };
  const context: PredictionContext = {
    repository: {
      open: async () => ({
        folder,
        manifest: {
          model: 'm',
          version: 2,
          entry: 'model.onnx',
          preprocessing: { width: 2, height: 2, channels: 1 },
          signature: { input: { shape: [1, 2, 2] }, output: {} },
        },
        confirm: async () => {},
      }),
    } as never,
    trust: { isTrusted: async () => true } as never,
    loadRuntime: async () => ({ close: async () => {} }) as never,
    uploads: [],
    jobDir: folder,
    signal: new AbortController().signal,
    streamDataset: streamsOver(folder),
    outputs: outputsIn(folder),
    openBatchPredictor: () => ({
      inputsInCall: 4,
      callsAtOnce: 2,
      digests: { model: digest, preprocessing: 'sha256:2' },
      async answersTo(inputs) {
        calls += 1;
        onCall?.(calls);
        return inputs.map(answer);
      },
      close: async () => {},
    }),
    report: (event) => events.push(event),
  };
  return { asked, events, outcome: runPrediction({ ...request, ...changes }, context) };
}

const read = (folder: string, name: string) => readFile(join(folder, 'out', name), 'utf8');
const parts = async (folder: string) =>
  (await readdir(join(folder, 'out'))).filter((name) => name.startsWith('part-')).sort();
/** What must be the same whether a run was interrupted or not. */
async function everything(folder: string) {
  const manifest = JSON.parse(await read(folder, '_manifest.json')) as Record<string, unknown>;
  const texts = await Promise.all((await parts(folder)).map((name) => read(folder, name)));
  return { ...manifest, createdAt: '', texts };
}

describe('a batch prediction', () => {
  it('writes a line for every image, in parts, and a manifest that says what they are', async () => {
    const folder = await site();
    const { outcome, events } = run(folder);
    const { predicted, notes } = await outcome;
    const names = ['part-000000.ndjson', 'part-000001.ndjson', 'part-000002.ndjson'];
    expect(await parts(folder)).toEqual(names);
    const lines = (await read(folder, names[0]!)).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { row: number }).row)).toEqual(
      Array.from({ length: 10 }, (_, row) => row),
    );
    const even = { label: 'even', score: 0.5 };
    expect(JSON.parse(lines[6]!)).toEqual({
      row: 6,
      line: 7,
      entry: '1006.png',
      ...even,
      top: [even],
    });
    expect(JSON.parse(lines[7]!)).toEqual({
      row: 7,
      line: 8,
      entry: '1007.png',
      error: { code: 'GLIMPSE_IMAGE_EMPTY', message: 'none' },
    });
    const manifest = JSON.parse(await read(folder, '_manifest.json')) as {
      parts: { name: string; sha256: string; rows: number; bytes: number }[];
    };
    expect(manifest).toMatchObject({
      formatVersion: 1,
      model: 'm',
      version: 2,
      modelDigest: 'sha256:1',
      preprocessingDigest: 'sha256:2',
      rows: 25,
      errors: 1,
      classes: { even: 13, odd: 11 },
      codes: { GLIMPSE_IMAGE_EMPTY: 1 },
      input: { uri: 'in', format: 'images' },
    });
    for (const part of manifest.parts) {
      const bytes = await readFile(join(folder, 'out', part.name));
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      expect(part).toMatchObject({ sha256: `sha256:${sha256}`, bytes: bytes.length });
    }
    expect(manifest.parts.map(({ rows }) => rows)).toEqual([10, 10, 5]);
    expect(predicted).toMatchObject({ out: 'out', rows: 25, errors: 1, parts: 3 });
    expect(notes).toEqual([]);
    const progress = events.flatMap((event) => (event.type === 'predicted' ? [event] : []));
    expect(progress.at(-1)!.progress).toMatchObject({
      rows: 25,
      total: 25,
      errors: 1,
      parts: 3,
      resumed: 0,
    });
    expect(progress.at(-1)!.progress.rowsPerSecond).toBeGreaterThan(0);
  });

  it('goes on behind the last whole part, to the same bytes as an undisturbed one', async () => {
    const [folder, other] = [await site(), await site()];
    await run(other).outcome;
    const first = run(
      folder,
      {},
      {
        onCall(calls) {
          if (calls === 6) throw new Error('the plug is pulled');
        },
      },
    );
    await expect(first.outcome).rejects.toThrow('the plug is pulled');
    expect(await parts(folder)).toEqual(['part-000000.ndjson', 'part-000001.ndjson']);
    const before = await stat(join(folder, 'out/part-000001.ndjson'));
    const second = run(folder);
    await second.outcome;
    expect(second.asked).toEqual([20, 21, 22, 23, 24]);
    expect((await stat(join(folder, 'out/part-000001.ndjson'))).ino).toBe(before.ino);
    expect(await everything(folder)).toEqual(await everything(other));
    expect(second.events.at(-1)).toMatchObject({ progress: { rows: 25, resumed: 20, parts: 3 } });
  });

  it('makes a part again whose note is missing, or whose bytes are others, and those behind it', async () => {
    const [folder, other] = [await site(), await site()];
    await run(other).outcome;
    await run(folder).outcome;
    await rm(join(folder, 'out/_manifest.json'));
    await writeFile(join(folder, 'out/part-000001.ndjson'), 'cut off');
    const again = run(folder);
    await again.outcome;
    expect(again.asked[0]).toBe(10);
    expect(await everything(folder)).toEqual(await everything(other));
    await rm(join(folder, 'out/_manifest.json'));
    await rm(join(folder, 'out/_parts/part-000000.ndjson.json'));
    expect((await run(folder).outcome).predicted.rows).toBe(25);
    expect(await everything(folder)).toEqual(await everything(other));
  });

  it('that has come to its end is not made again', async () => {
    const folder = await site();
    const { predicted } = await run(folder).outcome;
    const again = run(folder);
    expect(await again.outcome).toMatchObject({ predicted, notes: ['It was finished before.'] });
    expect(again.asked).toEqual([]);
  });

  it.each([
    ['another version', { version: 3 }, {}],
    ['other settings', { topK: 2 }, {}],
    ['another model under the same number', {}, { digest: 'sha256:9' }],
  ])('does not go on with what was begun by %s', async (_, changes, options) => {
    const folder = await site();
    await run(folder).outcome;
    const { outcome, asked } = run(folder, changes, options);
    await expect(outcome).rejects.toMatchObject({ code: 'GLIMPSE_OUTPUT_TAKEN', statusCode: 409 });
    expect(asked).toEqual([]);
  });

  it('does not go on when the files have changed since', async () => {
    const folder = await site();
    await run(folder).outcome;
    await writeFile(join(folder, 'in/1003.png'), '4');
    await expect(run(folder).outcome).rejects.toMatchObject({ code: 'GLIMPSE_OUTPUT_TAKEN' });
    await writeImage(folder, 3, '3');
    expect((await run(folder).outcome).notes).toEqual(['It was finished before.']);
    await writeImage(folder, 25, '25');
    await expect(run(folder).outcome).rejects.toMatchObject({ code: 'GLIMPSE_OUTPUT_TAKEN' });
  });

  it('writes nothing where something else lies', async () => {
    const folder = await site(1);
    await mkdir(join(folder, 'out'));
    await writeFile(join(folder, 'out/thesis.txt'), 'mine');
    const { outcome, asked } = run(folder);
    await expect(outcome).rejects.toMatchObject({
      code: 'GLIMPSE_OUTPUT_TAKEN',
      message: 'The place out is taken: something else lies there.',
    });
    expect([asked, await readdir(join(folder, 'out'))]).toEqual([[], ['thesis.txt']]);
  });

  it.skipIf(process.getuid?.() === 0)(
    'says before the first image that it cannot write',
    async () => {
      const folder = await site(1);
      await mkdir(join(folder, 'out'));
      await chmod(join(folder, 'out'), 0o500);
      const { outcome, asked } = run(folder);
      await expect(outcome).rejects.toMatchObject({ code: 'GLIMPSE_OUTPUT_UNWRITABLE' });
      expect(asked).toEqual([]);
    },
  );

  it('names the place, and no setting, where nothing can be written', async () => {
    const folder = await site(1);
    await writeFile(join(folder, 'out'), 'a file');
    const { outcome, asked } = run(folder);
    await expect(outcome).rejects.toMatchObject({
      code: 'GLIMPSE_OUTPUT_UNWRITABLE',
      message: expect.not.stringContaining('GLIMPSE_REPOSITORY') as string,
    });
    expect(asked).toEqual([]);
  });

  it('writes Arrow files of the same rows', async () => {
    const folder = await site(12);
    await run(folder, { format: 'arrow-ipc' }).outcome;
    const { tableFromIPC } = await import('apache-arrow');
    const table = tableFromIPC(await readFile(join(folder, 'out/part-000000.arrow')));
    const rows = table.toArray().map((row) => JSON.parse(JSON.stringify(row)) as object);
    expect(rows).toHaveLength(10);
    expect(rows[6]).toMatchObject({ row: 6, entry: '1006.png', label: 'even', error: null });
    expect(rows[7]).toMatchObject({
      row: 7,
      label: null,
      top: null,
      error: { code: 'GLIMPSE_IMAGE_EMPTY', message: 'none' },
    });
  });

  it('writes Parquet files of the same rows', async () => {
    const folder = await site(12);
    await run(folder, { format: 'apache-parquet' }).outcome;
    const { parquetReadObjects, parquetMetadata } = await import('hyparquet');
    const bytes = await readFile(join(folder, 'out/part-000000.parquet'));
    const file = Uint8Array.from(bytes).buffer;
    const rows = await parquetReadObjects({ file });
    expect(rows).toHaveLength(10);
    expect(rows[6]).toMatchObject({ row: 6, entry: '1006.png', label: 'even' });
    // The reader leaves a group of nulls out.
    expect(rows[6]!['error'] ?? null).toBeNull();
    expect(rows[6]!['top']).toEqual(
      expect.arrayContaining([{ label: 'even', score: expect.any(Number) as number }]),
    );
    expect(rows[7]).toMatchObject({
      row: 7,
      error: { code: 'GLIMPSE_IMAGE_EMPTY', message: 'none' },
    });
    expect(parquetMetadata(file).created_by).toBe('glimpse');
  });
});
