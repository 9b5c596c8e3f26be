import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOutputPlaces } from '../../../src/datasets/places/output-place.ts';
import { takeOutput } from '../../../src/jobs/predicting/output-folder.ts';
import type { Part } from '../../../src/jobs/predicting/predict-events.ts';
import { openStore } from '../../../src/repository/stores/open-store.ts';
import { s3OptionsFor, signInTo } from '../../support/s3-options.ts';
import { startS3Server, type S3Server } from '../../support/s3-server.ts';
import { streamsOver, temporaryFolder } from '../../datasets/dataset-files.ts';

let s3: S3Server;
beforeAll(async () => {
  s3 = await startS3Server({ bucket: 'data' });
  signInTo(s3);
});
afterAll(() => s3.close());

const open = (uri: string) => openStore(uri, s3OptionsFor(s3.endpoint));
const { signal } = new AbortController();

describe('a batch prediction from a bucket into another prefix of it', () => {
  it('reads every image below a prefix, and has the same listing of an object that is the same', async () => {
    const store = open('s3://data');
    for (const key of ['photos/b.png', 'photos/x/a.png', 'photos/notes.txt', 'photos.csv'])
      await store.write(key, Buffer.from('1,2,3,4\n'));
    await store.close();
    const read = async (uri: string) => {
      const stream = await streamsOver(await temporaryFolder(), open)(
        { uri },
        {
          uploads: [],
          workDir: await temporaryFolder(),
          shape: { width: 2, height: 2, channels: 1 },
          skip: async () => 0,
          onNote: () => {},
          signal,
        },
      );
      const entries: (string | undefined)[] = [];
      for await (const input of stream.inputs) entries.push(input.entry);
      await stream.close();
      return { entries, listing: stream.listing };
    };
    const photos = await read('s3://data/photos');
    expect(photos.entries).toEqual(['b.png', 'x/a.png']);
    const object = await read('s3://data/photos.csv');
    expect(object.entries).toEqual([undefined]);
    expect((await read('s3://data/photos.csv')).listing).toBe(object.listing);
    const again = open('s3://data');
    await again.write('photos.csv', Buffer.from('4,3,2,1\n'));
    // Of the same name and size, in the same second.
    await again.write('photos/b.png', Buffer.from('1,2,3,5\n'));
    await again.close();
    const changed = await read('s3://data/photos');
    expect(changed.listing).not.toBe(photos.listing);
    expect((await read('s3://data/photos')).listing).toBe(changed.listing);
    expect((await read('s3://data/photos.csv')).listing).not.toBe(object.listing);
  });

  it('takes a prefix once, goes on with its own, and leaves those of others alone', async () => {
    const places = createOutputPlaces({
      root: undefined,
      buckets: ['s3://data/answers'],
      reserved: ['s3://data/models'],
      openStore: open,
    });
    const uri = 's3://data/answers/monday';
    const store = await places.open(uri);
    const [bytes, part] = [Buffer.from('{}\n'), onePart];
    const first = await takeOutput(store, uri, { run: 1 }, signal);
    await first.writePart(bytes, part);
    expect((await takeOutput(store, uri, { run: 1 }, signal)).finished).toEqual([part]);
    await expect(takeOutput(store, uri, { run: 2 }, signal)).rejects.toMatchObject({
      code: 'GLIMPSE_OUTPUT_TAKEN',
    });
    const racers = [1, 2, 3, 4].map((run) =>
      takeOutput(open('s3://data/answers/race'), 'race', { run }, signal),
    );
    const ended = await Promise.allSettled(racers);
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await store.close();
  });
});

const onePart: Part = {
  name: 'part-000000.ndjson',
  rows: 1,
  errors: 0,
  bytes: 3,
  sha256: 'sha256:ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356',
  inputDigest: 'sha256:0',
  classes: {},
  codes: {},
};
