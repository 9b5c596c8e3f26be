import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatasetOpener } from '../../../src/datasets/open.ts';
import { heldOutOf, type SourcePlan } from '../../../src/datasets/parts/measured-on.ts';
import { openStore } from '../../../src/repository/stores/open-store.ts';
import { s3OptionsFor, signInTo } from '../../support/s3-options.ts';
import { putObject } from '../../support/s3-put.ts';
import { startS3Server, type S3Server } from '../../support/s3-server.ts';
import { openerOver, temporaryFolder } from '../dataset-files.ts';
import { forms } from './forms.ts';
import { colourExamples, digestOf, examples, testExamples, type Form } from './logical-dataset.ts';

let s3: S3Server;
beforeAll(async () => {
  s3 = await startS3Server({ bucket: 'data' });
  signInTo(s3);
});
afterAll(() => s3.close());

const open = (uri: string) => openStore(uri, s3OptionsFor(s3.endpoint));

/** A folder with the files of a form. */
async function laidOut(form: Form): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(await form.files())) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

/** What is read: the digest of what is learnt from, and of what lies apart to be measured on. */
async function digests(opener: DatasetOpener, plan: SourcePlan): Promise<(string | undefined)[]> {
  const workDir = await temporaryFolder();
  const read = ({ spec, uploads }: SourcePlan) =>
    opener.open(spec, { uploads, workDir, maxBadRows: 0 });
  const opened = await read(plan);
  const apart = heldOutOf(plan, opened);
  return [opened.dataset.digest, apart && (await read(apart)).dataset.digest];
}

const expected = ({ hasTest, isColour }: Form) => [
  digestOf(isColour ? colourExamples : examples),
  hasTest ? digestOf(testExamples) : undefined,
];

const named = (some: readonly Form[]) => some.map((form) => [form.name, form] as const);

/**
 * Uploads have no folders, and so cannot be manifests beside their images. Of tables, which are read as from a disk,
 * those do that are packed in some way.
 */
const asUploads = forms.filter(
  ({ name, uri, spec }) =>
    !uri.endsWith('/') &&
    spec?.labelsUri === undefined &&
    !/manifest/.test(name) &&
    (!/CSV|JSON/.test(name) || /zip|bz2|xz|snappy|UTF-16/.test(name)),
);

describe(`${forms.length} forms are one dataset`, () => {
  it.each(named(forms))('from a disk: %s', async (_, form) => {
    const folder = await laidOut(form);
    const spec = { uri: form.uri, ...form.spec };
    expect(await digests(openerOver(folder), { spec, uploads: [] })).toEqual(expected(form));
  });

  it.each(named(forms))('from S3: %s', async (_, form) => {
    const prefix = form.name.replaceAll(/\W/g, '-');
    for (const [name, content] of Object.entries(await form.files())) {
      // What a file system hides has no place in a bucket.
      if (!name.includes('/.')) putObject(s3.objects, `${prefix}/${name}`, content);
    }
    const { labelsUri, ...spec } = form.spec ?? {};
    const beside = labelsUri && { labelsUri: `s3://data/${prefix}/${labelsUri}` };
    const plan = {
      spec: { uri: `s3://data/${prefix}/${form.uri}`, ...spec, ...beside },
      uploads: [],
    };
    const opener = openerOver(await temporaryFolder(), {}, open);
    expect(await digests(opener, plan)).toEqual(expected(form));
  });

  it.each(named(asUploads))('as an upload: %s', async (_, form) => {
    const folder = await laidOut(form);
    const uploads = Object.keys(await form.files()).map((name) => ({
      part: 'dataset',
      name: basename(name),
      file: join(folder, name),
    }));
    expect(await digests(openerOver(folder), { spec: form.spec ?? {}, uploads })).toEqual(
      expected(form),
    );
  });
});
