import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodePng } from '../../src/image/encode-png.ts';
import { sniffFormat } from '../../src/image/sniff-format.ts';
import { runEvaluation } from '../../src/training/evaluate-version.ts';
import { openOnnxRuntime } from '../../src/runtime/onnx-runtime.ts';
import type { OpenServingPath } from '../../src/training/measuring/serving-path.ts';
import { aDraft } from '../support/drafts.ts';
import { bars, tinyWorkshop } from './tiny-run.ts';

type Workshop = Awaited<ReturnType<typeof tinyWorkshop>>;

/** The refusal of a run, once nothing of it can be seen. */
async function refusalOf(
  { run, repository }: Workshop,
  request: Parameters<Workshop['run']>[0],
): Promise<unknown> {
  const model = request?.model ?? 'bars';
  const before = await repository.versions(model);
  const labels = await repository.labels(model);
  const refusal = await run({ publish: { label: 'production' }, ...request }).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(await repository.versions(model)).toEqual(before);
  expect(await repository.labels(model)).toEqual(labels);
  return refusal;
}

/** The same rows with other pixels. */
function mapPixels(csv: string, change: (value: number) => number): string {
  const rows = csv.trim().split('\n');
  const changed = rows.map((row) =>
    row
      .split(',')
      .map((cell, at) => (at === 0 ? cell : change(Number(cell))))
      .join(','),
  );
  return `${changed.join('\n')}\n`;
}

const linear = { layers: [{ type: 'flatten' as const }, { type: 'dense' as const }] };
const quick = { name: 'adam' as const, learningRate: 0.05 };

/** Pixels of 0 and 1, of which a quarter or three quarters are 1: how bright they are tells the class. */
function amounts(count: number): string {
  const rows = Array.from({ length: count }, (_, index) => {
    const isMany = index % 2 === 0;
    const pixels = Array.from({ length: 36 }, (_value, at) =>
      (at * 7 + index * 5) % 36 < (isMany ? 27 : 9) ? 1 : 0,
    );
    return [isMany ? 'many' : 'few', ...pixels].join(',');
  });
  return `${rows.join('\n')}\n`;
}

/** Planar 12x12 colour: one plane grows from left to right and the others do not, or the other way round. */
function planarGradients(count: number): string {
  const rows = Array.from({ length: count }, (_, index) => {
    const isRed = index % 2 === 0;
    const plane = (level: number): string[] =>
      Array.from({ length: 144 }, (_value, at) =>
        String(level + 3 * (at % 12) + 2 * Math.floor(at / 12) + (index % 7)),
      );
    const [strong, weak] = [plane(180), plane(20)];
    return [
      isRed ? 'red' : 'blue',
      ...(isRed ? [...strong, ...weak, ...weak] : [...weak, ...weak, ...strong]),
    ].join(',');
  });
  return `${rows.join('\n')}\n`;
}

/** Dark digits on white paper, as rows of numbers. */
async function inkDigits(count: number): Promise<string> {
  const [images, labels] = await Promise.all(
    ['train-images.idx3-ubyte.gz', 'train-labels.idx1-ubyte.gz'].map(async (name) =>
      gunzipSync(await readFile(join(import.meta.dirname, '../../samples/digits', name))),
    ),
  );
  const rows = Array.from({ length: count }, (_, index) => {
    const pixels = images!.subarray(16 + index * 784, 16 + (index + 1) * 784);
    return [labels![8 + index], ...pixels.map((value) => 255 - value)].join(',');
  });
  return `label,${Array.from({ length: 784 }, (_, at) => `p${at}`).join(',')}\n${rows.join('\n')}\n`;
}

describe('a net that is to be published', () => {
  it('answers images as it answers the examples they show, and its figures say so', async () => {
    const { run, repository } = await tinyWorkshop();
    const { metrics } = await run();
    expect(metrics.accuracy).toBeGreaterThan(0.9);
    expect(metrics.servedAccuracy).toBe(metrics.accuracy);
    // Of its twelve test examples every one, and others to make sixty-four.
    expect(metrics.served).toMatchObject({ images: 64 });
    expect(metrics.served!.served).toBe(metrics.served!.right);
    expect(metrics.served!.right).toBeGreaterThan(58);
    expect((await repository.manifest('bars', 1)).metrics).toEqual(metrics);
  });

  it('is refused where its contract changes images into something it never learnt', async () => {
    const ink = mapPixels(bars(120), (value) => 255 - value);
    const workshop = await tinyWorkshop(ink);
    const refusal = await refusalOf(workshop, {
      epochs: 30,
      preprocessing: { polarity: 'light-on-dark' },
    });
    expect(refusal).toMatchObject({
      code: 'GLIMPSE_SERVED_GAP',
      message: expect.stringMatching(
        /^Nothing was published: of the examples 6\d of 64 are right as they were read, and [123]?\d when they are sent as images\. Likely: images sent to it are prepared with polarity "light-on-dark", which the examples do not fit; say preprocessing {"polarity": "as-is"} when/,
      ) as string,
      details: { images: 64, forms: { png: { images: 32 }, jpeg: { images: 32 } } },
    });
  });

  it('is refused when what its values mean was said wrongly: ones that nobody would see', async () => {
    const workshop = await tinyWorkshop(amounts(120));
    const asked = { architecture: linear, epochs: 60, optimizer: quick };
    const said = { uri: 'bars.csv', range: 255 };
    expect(await refusalOf(workshop, { ...asked, dataset: said })).toMatchObject({
      code: 'GLIMPSE_SERVED_GAP',
      message: expect.stringContaining(
        'Likely: no value of the dataset is above 1, and white in images is 255; say what white is: dataset.range (--range).',
      ) as string,
    });
    const { metrics } = await workshop.run({ ...asked, dataset: { ...said, range: 1 } });
    expect([metrics.accuracy, metrics.servedAccuracy]).toEqual([1, 1]);
    // What white is holds for the examples it is measured on, too.
    await writeFile(join(workshop.folder, 'more.csv'), amounts(40));
    const evaluation = { uri: 'more.csv' };
    const again = await workshop.run({ ...asked, dataset: { ...said, range: 1 }, evaluation });
    expect(again.metrics).toMatchObject({ accuracy: 1, servedAccuracy: 1, examples: 20 });
  });

  it('is refused when planes were read as pixels whose channels lie together', async () => {
    const workshop = await tinyWorkshop(planarGradients(120));
    const shape = { width: 12, height: 12, channels: 3 } as const;
    const said = { uri: 'bars.csv', shape, layout: 'hwc' } as const;
    expect(await refusalOf(workshop, { dataset: said })).toMatchObject({
      code: 'GLIMPSE_SERVED_GAP',
      details: { reason: expect.stringContaining('say dataset.layout: "chw"') as string },
    });
    const { metrics } = await workshop.run({ dataset: { ...said, layout: 'chw' } });
    expect([metrics.accuracy, metrics.servedAccuracy]).toEqual([1, 1]);
  });

  it('is refused when it is the next version of a model that brings handwriting into a frame, and its digits stand in none', async () => {
    const workshop = await tinyWorkshop(await inkDigits(200));
    const { repository, run } = workshop;
    await repository.publish(aDraft({ model: 'digits' }));
    const asked = { model: 'digits', architecture: linear, epochs: 20 };
    const optimizer = { name: 'adam', learningRate: 0.001 } as const;
    expect(await refusalOf(workshop, { ...asked, optimizer })).toMatchObject({
      code: 'GLIMPSE_SERVED_GAP',
      details: { reason: expect.stringContaining('canonicalise "handwriting"') as string },
    });
    const { metrics, version } = await run({
      ...asked,
      optimizer,
      preprocessing: { canonicalise: 'none' },
    });
    expect([version, metrics.servedAccuracy]).toEqual([2, metrics.accuracy]);
  });

  it('has its image files sent as they came, beside examples encoded as PNG and as JPEG', async () => {
    const { folder, run } = await tinyWorkshop();
    const files = new Set<string>();
    const size = { width: 6, height: 6, channels: 1 } as const;
    const rows = bars(30).trim().split('\n');
    const listed = rows.map(async (row, index) => {
      const [label, ...pixels] = row.split(',');
      // Larger than the net takes, so that none of them is an example encoded anew.
      const large = Uint8Array.from({ length: 144 }, (_, at) => {
        const [x, y] = [(at % 12) >> 1, Math.floor(at / 12) >> 1];
        return Number(pixels[y * 6 + x]);
      });
      const bytes = await encodePng(large, { ...size, width: 12, height: 12 });
      files.add(bytes.toString('base64'));
      await writeFile(join(folder, `${index}.png`), bytes);
      return `${index}.png,${label}`;
    });
    await writeFile(
      join(folder, 'list.csv'),
      `file,label\n${(await Promise.all(listed)).join('\n')}\n`,
    );
    const sent: Uint8Array[] = [];
    const openServingPath: OpenServingPath = () => ({
      answersTo: async (images) => {
        sent.push(...images);
        return images.map(() => ({ label: 'none of them' }));
      },
      close: async () => {},
    });
    const dataset = { uri: 'list.csv', shape: size };
    await expect(run({ dataset, epochs: 20 }, { openServingPath })).rejects.toMatchObject({
      code: 'GLIMPSE_SERVED_GAP',
      message: expect.stringContaining('do not become the pixels it has learnt from') as string,
    });
    // Every example once.
    expect(sent).toHaveLength(30);
    const asTheyCame = sent.filter((bytes) => files.has(Buffer.from(bytes).toString('base64')));
    const jpegs = sent.filter((bytes) => sniffFormat(bytes) === 'jpeg');
    expect(asTheyCame.length).toBeGreaterThanOrEqual(8);
    expect(jpegs.length).toBeGreaterThanOrEqual(8);
    expect(sent.length - asTheyCame.length - jpegs.length).toBeGreaterThanOrEqual(8);
  });
});

describe('a version that is measured again', () => {
  it('says how it answers the examples as images, and notes a gap', async () => {
    const workshop = await tinyWorkshop(mapPixels(bars(120), (value) => 255 - value));
    const { run, parts, folder } = workshop;
    // The version is published by a path that does not do what its contract says.
    const lenient: OpenServingPath = (served) => {
      const preprocessing = { ...served.preprocessing, polarity: 'as-is' as const };
      return parts.openServingPath({ ...served, preprocessing });
    };
    const { version } = await run(
      { preprocessing: { polarity: 'light-on-dark' }, epochs: 30 },
      { openServingPath: lenient },
    );
    const outcome = await runEvaluation(
      { model: 'bars', version, dataset: { uri: 'bars.csv' }, maxBadRows: 0 },
      {
        ...parts,
        jobDir: folder,
        loadRuntime: ({ file, signature }) => openOnnxRuntime({ file, signature, threads: 1 }),
      },
    );
    expect(outcome.metrics.accuracy).toBeGreaterThan(0.9);
    expect(outcome.metrics.servedAccuracy).toBeLessThan(0.6);
    expect(outcome.metrics.served!.images).toBe(120);
    expect(outcome.notes).toEqual([
      expect.stringMatching(
        /^Of the examples \d+ of 120 are right as they were read, and \d+ when they are sent as images\. Likely: .*polarity "light-on-dark"/,
      ),
    ]);
  });
});
