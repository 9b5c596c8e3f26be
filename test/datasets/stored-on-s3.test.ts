import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createRepository } from '../../src/repository/model-repository.ts';
import { openStore } from '../../src/repository/stores/open-store.ts';
import { runImport } from '../../src/datasets/importing/import-dataset.ts';
import { s3OptionsFor, signInTo } from '../support/s3-options.ts';
import { startS3Server, type S3Server } from '../support/s3-server.ts';
import { openerOver, temporaryFolder } from './dataset-files.ts';

let s3: S3Server;
beforeAll(async () => {
  s3 = await startS3Server();
  signInTo(s3);
});
afterAll(() => s3.close());

const open = (uri: string) => openStore(uri, s3OptionsFor(s3.endpoint));

/** A repository in a bucket, and datasets that come from other keys of it. */
async function workshop() {
  s3.objects.clear();
  s3.clearFaults();
  const folder = await temporaryFolder();
  const openRepository = () =>
    createRepository({
      store: open(`s3://${s3.bucket}/shop`),
      cacheDir: join(folder, 'cache'),
      maxArtifactBytes: 1e8,
    });
  const datasets = openerOver(folder, {}, open, openRepository);
  const signal = new AbortController().signal;
  const load = async (uri: string) => {
    const repository = openRepository();
    onTestFinished(() => repository.close());
    const { imported } = await runImport(
      { name: 'rows', dataset: { uri }, maxBadRows: 0, keepDuplicates: false },
      { repository, datasets, uploads: [], jobDir: folder, signal, report: () => {} },
    );
    return imported;
  };
  const read = (uri: string) =>
    datasets.open({ uri }, { uploads: [], workDir: folder, maxBadRows: 0, signal });
  return { folder, datasets, load, read };
}

const keysOf = (prefix: string) =>
  [...s3.objects.keys()]
    .filter((key) => key.includes(prefix))
    .map((key) => key.slice(key.indexOf(prefix) + prefix.length))
    .toSorted((a, b) => (a < b ? -1 : 1));

describe('a stored dataset in S3', () => {
  it('is made from another key, read back whole, and leaves no copy on this machine', async () => {
    const { folder, load, read, datasets } = await workshop();
    const source = open(`s3://${s3.bucket}`);
    await source.write('raw/part-0.csv', Buffer.from('a,1\nb,2\na,1\na,9\n'));
    await source.write('raw/part-1.csv', Buffer.from('b,3\nc,1\nc,4\n'));
    await source.close();
    const { digest, uri, report } = await load(`s3://${s3.bucket}/raw/`);
    expect(report).toMatchObject({
      duplicates: { count: 0 },
      conflicts: { count: 3, rows: [{ entry: 'part-1.csv', line: 2, first: { line: 1 } }] },
    });
    expect(keysOf('shop/datasets/rows/')).toEqual([
      `${digest}/dataset.json`,
      `${digest}/images.idx`,
      `${digest}/labels.idx`,
      'latest.json',
    ]);
    const { dataset } = await read('dataset:rows');
    expect(dataset.digest).toBe(digest);
    expect(await readdir(folder)).toEqual([]);
    expect((await datasets.check({ uri: 'dataset:rows' }, [])).spec.uri).toBe(uri);
  });

  it('asks once more for bytes that come bent, and refuses those that lie there bent', async () => {
    const { folder, load, read } = await workshop();
    await writeFile(join(folder, 'rows.csv'), 'a,1\nb,2\n');
    const { digest } = await load('rows.csv');
    s3.fault({ effect: { kind: 'flip', at: 17 }, matching: /GET .*images.idx/ });
    expect((await read('dataset:rows')).dataset.digest).toBe(digest);
    const store = open(`s3://${s3.bucket}/shop`);
    const key = `datasets/rows/${digest}/images.idx`;
    const found = await store.read(key);
    if (typeof found !== 'object') throw new Error('it is not there');
    const bent = Buffer.from(found.body);
    bent[bent.length - 1]! ^= 1;
    await store.write(key, bent);
    await expect(read('dataset:rows')).rejects.toMatchObject({ code: 'GLIMPSE_CHECKSUM_MISMATCH' });
    await store.remove(key);
    await expect(read('dataset:rows')).rejects.toMatchObject({ code: 'GLIMPSE_FILE_MISSING' });
    await store.close();
    expect(await readdir(folder)).toEqual(['rows.csv']);
  });

  it('says when the store does not answer', async () => {
    const { read } = await workshop();
    s3.fault({ effect: { kind: 'refuse', status: 403, code: 'AccessDenied' }, matching: /latest/ });
    await expect(read('dataset:rows')).rejects.toMatchObject({ code: 'GLIMPSE_STORE_UNAVAILABLE' });
  });
});
