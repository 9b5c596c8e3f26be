import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/repository/stores/open-store.ts';
import { s3OptionsFor, signInTo } from '../support/s3-options.ts';
import { startS3Server, type S3Server } from '../support/s3-server.ts';
import { npy } from '../support/npy.ts';
import { idx, openerOver, temporaryFolder } from './dataset-files.ts';

const rows = [0, 1, 2, 3, 252, 253, 254, 255];

let s3: S3Server;
beforeAll(async () => {
  s3 = await startS3Server({ bucket: 'data' });
  signInTo(s3);
});
afterAll(() => s3.close());

async function put(objects: Record<string, string | Uint8Array>): Promise<void> {
  const store = openStore('s3://data', s3OptionsFor(s3.endpoint));
  for (const [key, body] of Object.entries(objects)) await store.write(key, Buffer.from(body));
  await store.close();
}

async function read(uri: string, maxBytes = 1_000_000) {
  const folder = await temporaryFolder();
  const opener = openerOver(folder, { maxBytes }, (storeUri) =>
    openStore(storeUri, s3OptionsFor(s3.endpoint)),
  );
  return opener.open({ uri }, { uploads: [], workDir: folder, maxBadRows: 0 });
}

describe('a dataset in S3', () => {
  it('is downloaded and read', async () => {
    await put({ 'some/rows.csv': 'a,1\nb,2\n' });
    expect((await read('s3://data/some/rows.csv')).dataset.classes).toEqual(['a', 'b']);
  });

  it('as IDX takes the labels beside the images', async () => {
    await put({
      'm/train-images-idx3-ubyte': idx([2, 1, 1], Uint8Array.of(5, 6)),
      'm/train-labels-idx1-ubyte': idx([2], Uint8Array.of(1, 0)),
    });
    const { dataset } = await read('s3://data/m/train-images-idx3-ubyte');
    expect([...dataset.labels]).toEqual([1, 0]);
  });

  it('of one array takes the labels that are there, whatever is tried before them', async () => {
    await put({
      'n/images.npy': npy({ descr: '|u1', shape: [2, 2, 2], data: Uint8Array.from(rows) }),
      'n/target.npy': npy({ descr: '|u1', shape: [2], data: Uint8Array.of(1, 0) }),
    });
    expect([...(await read('s3://data/n/images.npy')).dataset.labels]).toEqual([1, 0]);
    await put({ 'n/y.npy': npy({ descr: '|u1', shape: [2], data: Uint8Array.of(0, 1) }) });
    await expect(read('s3://data/n/images.npy')).rejects.toMatchObject({
      message:
        'The dataset cannot be read: several arrays beside "images.npy" could be its labels ("target.npy", "y.npy"); name one by labelsUri (--labels-uri)',
      details: { option: 'labelsUri', values: ['s3://data/n/target.npy', 's3://data/n/y.npy'] },
    });
  });

  it.each([
    ['an object that is not there', 's3://data/none.csv', 'GLIMPSE_DATASET_NOT_FOUND'],
    ['a bucket that is not there', 's3://elsewhere/x.csv', 'GLIMPSE_STORE_UNAVAILABLE'],
    ['a bucket alone', 's3://data', 'GLIMPSE_DATASET_INVALID'],
    ['a key with ..', 's3://data/../secret/x.csv', 'GLIMPSE_STORE_KEY_INVALID'],
  ])('is refused with its reason: %s', async (_, uri, code) => {
    await expect(read(uri)).rejects.toMatchObject({ code });
  });

  it('is refused before the disk fills when it is too large', async () => {
    await put({ 'large.csv': 'a,1\nb,2\n'.repeat(1000) });
    await expect(read('s3://data/large.csv', 100)).rejects.toMatchObject({ statusCode: 422 });
  });
});
