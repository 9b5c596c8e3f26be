import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/repository/stores/open-store.ts';
import type { TrainRequest } from '../../src/training/request.ts';
import { s3OptionsFor, signInTo } from '../support/s3-options.ts';
import { startS3Server, type S3Server } from '../support/s3-server.ts';
import { tinyWorkshop } from '../training/tiny-run.ts';
import { openerOver } from './dataset-files.ts';
import { expectedDigest, forms, inBuckets, type Form } from './forms.ts';

let s3: S3Server;
beforeAll(async () => {
  s3 = await startS3Server({ bucket: 'data' });
  signInTo(s3);
});
afterAll(() => s3.close());

const request: TrainRequest = {
  epochs: 2,
  batchSize: 8,
  validationSplit: 0.2,
  testSplit: 0.1,
  maxBadRows: 0,
  architecture: { layers: [{ type: 'flatten' }, { type: 'dense', units: 8 }, { type: 'dense' }] },
};

const open = (uri: string) => openStore(uri, s3OptionsFor(s3.endpoint));

/** Trains on a form, laid out in a folder or in a bucket; what came out, in one line. */
async function trainOn(form: Form, place: 'folder' | 'bucket'): Promise<string> {
  const { folder, repository, run } = await tinyWorkshop();
  const files = Object.entries(await form.files());
  const prefix = form.name.replaceAll(/\W/g, '-');
  const store = open('s3://data');
  for (const [name, content] of files) {
    const file = join(folder, name);
    // What a file system hides has no place in a bucket.
    if (place === 'bucket' && name.includes('/.')) continue;
    if (place === 'bucket') await store.write(`${prefix}/${name}`, Buffer.from(content));
    else await mkdir(dirname(file), { recursive: true }).then(() => writeFile(file, content));
  }
  await store.close();
  const uri = place === 'bucket' ? `s3://data/${prefix}/${form.uri}` : form.uri;
  const { version } = await run(
    { ...request, dataset: { uri, ...form.spec } },
    { datasets: openerOver(folder, {}, open) },
  );
  const { lineage } = await repository.manifest('bars', version);
  const model = await readFile(join(folder, `models/bars/${version}/model.onnx`));
  return `${String(lineage?.dataset?.['digest'])} ${createHash('sha256').update(model).digest('hex')}`;
}

/** The model that the first form makes; every other must make the same. */
let first: Promise<string> | undefined;

async function expectSameModel(form: Form, place: 'folder' | 'bucket'): Promise<void> {
  first ??= trainOn(forms[0]!, 'folder');
  const wanted = await first;
  expect(wanted).toContain(expectedDigest());
  expect(await trainOn(form, place)).toBe(wanted);
}

describe('the same forty images make the same model', { timeout: 60_000 }, () => {
  it.each(forms.map((form) => [form.name, form] as const))('from a disk, as %s', (_, form) =>
    expectSameModel(form, 'folder'),
  );

  it.each(inBuckets.map((form) => [form.name, form] as const))('from S3, as %s', (_, form) =>
    expectSameModel(form, 'bucket'),
  );
});
