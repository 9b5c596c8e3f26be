import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRepository } from '../../src/compose/open.ts';
import { whyNotWritable } from '../../src/compose/writable.ts';
import { readConfig } from '../../src/config.ts';
import { compiled } from '../support/programs.ts';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';
import { whyNoSmallDisks, withReadOnlyFolder } from '../support/small-disk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tinyDraft, tinyPng } from '../support/tiny-version.ts';

describe('a folder that can be written', () => {
  it('is one that is there, or can be made', async () => {
    const folder = await temporaryFolder();
    expect(await whyNotWritable(folder)).toBeUndefined();
    expect(await whyNotWritable(join(folder, 'to', 'be', 'made'))).toBeUndefined();
  });
});

const reason = await temporaryFolder().then(whyNoSmallDisks);

describe.skipIf(reason)('a server whose repository is a folder that cannot be written', () => {
  let server: ServerProcess;
  let env: Record<string, string>;
  let through: string[];
  let url: string;
  beforeAll(async () => {
    const folder = await temporaryFolder();
    env = {
      GLIMPSE_HOST: '127.0.0.1',
      GLIMPSE_PORT: '0',
      GLIMPSE_REPOSITORY: join(folder, 'models'),
      GLIMPSE_DATA_DIR: join(folder, 'data'),
      GLIMPSE_DRAIN_DELAY_MS: '0',
      GLIMPSE_CANONICALISE_THREADS: '1',
    };
    const repository = openRepository(readConfig(env));
    await repository.publish(await tinyDraft());
    await repository.close();
    through = withReadOnlyFolder(join(folder, 'models'));
    server = startServerProcess(env, through);
    const up = await server.line(({ msg }) => msg === 'Glimpse is up');
    url = String(up['url']).replace('localhost', '127.0.0.1');
  }, 60_000);
  afterAll(async () => {
    server.child.kill('SIGKILL');
    await server.ended;
  });

  const sentence =
    'GLIMPSE_REPOSITORY cannot be written, so nothing can be published and no label moved; what is there is served: EROFS: read-only file system, access';

  it('says so at the start and in /readyz, is ready, and answers', async () => {
    expect(server.lines).toContainEqual(expect.objectContaining({ level: 40, msg: sentence }));
    const { body } = await request(url).get('/readyz').expect(200);
    expect(body.reasons).toEqual([sentence]);
    const post = request(url).post('/predict').set('content-type', 'image/png');
    await post.send(await tinyPng('left')).expect(200);
  });

  it('refuses to move a label', async () => {
    const put = request(url).put('/models/digits/labels/production').send({ version: 1 });
    const { body } = await put.expect(503);
    expect(body.error.code).toBe('GLIMPSE_STORE_UNAVAILABLE');
  });

  it('is warned of by glimpse doctor', async () => {
    const doctor = startServerProcess(env, through, [compiled('cli'), 'doctor', '--json']);
    expect(await doctor.ended).toBe(0);
    expect(JSON.stringify(doctor.lines)).toContain(
      'nothing can be published from here (serving needs no writing)',
    );
  });
});
