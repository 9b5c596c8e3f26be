import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tryToWrite } from '../../src/compose/writable.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tinyPng } from '../support/tiny-version.ts';

describe('trying a folder', () => {
  it('finds nothing wrong with one that can be written, or made, and leaves nothing behind', async () => {
    const folder = await temporaryFolder();
    expect(await tryToWrite(folder)).toBeUndefined();
    expect(await tryToWrite(join(folder, 'to', 'be', 'made'))).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });

  it('leaves what others put there', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'jobs'));
    expect(await tryToWrite(folder)).toBeUndefined();
    expect(await readdir(folder)).toEqual(['jobs']);
  });

  it('says what is wrong with one that cannot be', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    expect(await tryToWrite(join(file, 'data'))).toMatchObject({ code: 'ENOTDIR' });
  });
});

describe('a server whose data folder cannot be written', () => {
  let server: TestServer;
  let file: string;
  beforeAll(async () => {
    file = join(await temporaryFolder(), 'a-file');
    await writeFile(file, '');
    server = await openServer({ env: { GLIMPSE_DATA_DIR: join(file, 'data') } });
  });
  afterAll(closeServers);

  const refused = {
    error: {
      code: 'GLIMPSE_DATA_DIR_UNUSABLE',
      message:
        'This server cannot write its own data (GLIMPSE_DATA_DIR): ENOTDIR: not a directory, mkdir',
    },
  };

  it('says so in the log at the start, with its path', () => {
    expect(server.lines).toContainEqual(
      expect.objectContaining({
        level: 50,
        dataDir: join(file, 'data'),
        msg: expect.stringContaining('GLIMPSE_DATA_DIR cannot be written') as string,
      }),
    );
  });

  it('is ready, answers, and names the setting in /readyz', async () => {
    const { body } = await request(server.url).get('/readyz').expect(200);
    expect(body.reasons).toEqual([
      'GLIMPSE_DATA_DIR cannot be written, so no job is taken and nothing can be downloaded: ENOTDIR: not a directory, mkdir',
    ]);
    const post = request(server.url).post('/predict').set('content-type', 'image/png');
    await post.send(await tinyPng('left')).expect(200);
  });

  const train = () => request(server.url).post('/train');

  it('refuses jobs by the name of the setting, as JSON and as a form', async () => {
    const asJson = await train().send({ dataset: { uri: 'sample:' } });
    expect({ status: asJson.status, body: asJson.body }).toMatchObject({
      status: 503,
      body: refused,
    });
    const asForm = await train().attach('data', Buffer.from('a,1\n'), 'rows.csv');
    expect({ status: asForm.status, body: asForm.body }).toMatchObject({
      status: 503,
      body: refused,
    });
  });
});

describe('a server whose repository cannot be read', () => {
  afterAll(closeServers);

  it('says so in /readyz and in the log, by the name of the setting and without a path in the answer', async () => {
    const file = join(await temporaryFolder(), 'a-file');
    await writeFile(file, '');
    const env = { GLIMPSE_REPOSITORY: file };
    const server = await openServer({ versions: [], env });
    const { body } = await request(server.url).get('/readyz').expect(503);
    expect(body.reasons).toEqual([
      'The repository GLIMPSE_REPOSITORY is being read for the first time.',
      'The store GLIMPSE_REPOSITORY did not answer: ENOTDIR: not a directory, scandir',
    ]);
    expect(server.lines).toContainEqual(
      expect.objectContaining({
        msg: 'the repository (GLIMPSE_REPOSITORY) did not answer',
        err: expect.objectContaining({
          message: expect.stringContaining(`scandir '${file}'`) as string,
        }) as object,
      }),
    );
  });
});
