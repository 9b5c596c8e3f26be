import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JobRecord } from '../../src/jobs/record.ts';
import type { TrainRequest } from '../../src/training/request.ts';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';
import {
  layOut,
  smallDisk,
  whyNoSmallDisks,
  withSmallDisks,
  withSmallFiles,
} from '../support/small-disk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { bars, tinyRequest } from '../training/tiny-run.ts';

const patience = { timeout: 60_000, interval: 20 };
/** A full disk, said to be that of the folder this setting chose. */
const full = (setting: string) => ({
  code: 'GLIMPSE_DISK_FULL',
  message: expect.stringContaining(`(${setting})`) as string,
});

interface Folders {
  readonly data: string;
  readonly models: string;
  readonly datasets: string;
}

interface Answered {
  readonly id: string;
  readonly error?: { readonly code: string };
}

/** A real server in a process of its own, whose disks are as small as `through` makes them. */
async function startServer(folders: Folders, through: string[]) {
  const server = startServerProcess(
    {
      GLIMPSE_HOST: '127.0.0.1',
      GLIMPSE_PORT: '0',
      GLIMPSE_REPOSITORY: folders.models,
      GLIMPSE_DATA_DIR: folders.data,
      GLIMPSE_DATASET_ROOT: folders.datasets,
      GLIMPSE_CHECKPOINT_INTERVAL_MS: '0',
      GLIMPSE_DRAIN_DELAY_MS: '0',
    },
    through,
  );
  const line = await server.line(({ url }) => typeof url === 'string');
  const url = String(line['url']);
  const post = async (body: object) => {
    const isForm = body instanceof FormData;
    const answer = await fetch(`${url}/train`, {
      method: 'POST',
      body: isForm ? body : JSON.stringify(body),
      headers: isForm ? {} : { 'content-type': 'application/json' },
    });
    return { status: answer.status, body: (await answer.json()) as Answered };
  };
  const get = async (path: string) => (await fetch(url + path)).json();
  const job = async (id: string) => (await get(`/train/${id}`)) as JobRecord;
  const train = async (changes: TrainRequest = {}): Promise<string> =>
    (await post({ ...tinyRequest, ...changes })).body.id;
  const endOf = (id: string) =>
    vi.waitFor(async () => {
      const record = await job(id);
      expect(record.endedAt).toBeDefined();
      return record;
    }, patience);
  return { ...server, post, get, job, train, endOf };
}

const running: ServerProcess[] = [];
afterAll(async () => {
  for (const { child, ended } of running) {
    child.kill('SIGTERM');
    await ended;
  }
});

/** More than any of the disks here can hold. */
function largeForm(): FormData {
  const form = new FormData();
  form.append('data', new Blob([Buffer.alloc(12 * 2 ** 20, '1,2\n')]), 'large.csv');
  return form;
}

const folder = await temporaryFolder();
const folders = await layOut(folder, bars(120));
const obstacle = whyNoSmallDisks(folders.data);

describe('a disk without space', { timeout: 120_000 }, () => {
  let server: Awaited<ReturnType<typeof startServer>>;
  let data: ReturnType<typeof smallDisk>;
  let models: ReturnType<typeof smallDisk>;
  beforeAll(async () => {
    if (obstacle !== undefined) return;
    server = await startServer(folders, withSmallDisks([folders.data, folders.models], '8m'));
    running.push(server);
    data = smallDisk(server.child.pid!, folders.data);
    models = smallDisk(server.child.pid!, folders.models);
  });
  beforeEach(({ skip }) =>
    skip(obstacle !== undefined, `no disk can be mounted here: ${obstacle}`),
  );

  it('refuses an upload, and nothing of it stays', async () => {
    const { status, body } = await server.post(largeForm());
    expect({ status, error: body.error }).toMatchObject({
      status: 503,
      error: full('GLIMPSE_DATA_DIR'),
    });
    expect(await data.list('uploads')).toEqual([]);
    expect(await data.list('jobs')).toEqual([]);
  });

  it('refuses a job whose record cannot be written, and nothing of it stays', async () => {
    await data.fill();
    const { status, body } = await server.post(tinyRequest);
    expect({ status, error: body.error }).toMatchObject({
      status: 503,
      error: full('GLIMPSE_DATA_DIR'),
    });
    expect(await server.get('/train')).toEqual({ jobs: [] });
    expect(await data.list('jobs')).toEqual([]);
    expect(await server.get('/livez')).toMatchObject({ status: 'ok' });
    await data.free();
  });

  it('fails a job that cannot publish, and no part of a version is seen', async () => {
    await models.fill();
    const record = await server.endOf(await server.train());
    expect(record).toMatchObject({ state: 'failed', error: full('GLIMPSE_REPOSITORY') });
    expect(record.version).toBeUndefined();
    expect(await server.get('/models')).toMatchObject({ models: [] });
    await models.free();
    const again = await server.endOf(await server.train());
    expect(again).toMatchObject({ state: 'succeeded' });
  });

  it('costs a running job its checkpoints only, and its record is written when there is space', async () => {
    const id = await server.train({ epochs: 200 });
    await vi.waitFor(
      async () => expect((await server.job(id)).history.length).toBeGreaterThan(0),
      patience,
    );
    await vi.waitFor(async () => {
      await data.fill();
      const { notes } = await server.job(id);
      expect(notes.join()).toMatch(/goes on without checkpoints: ENOSPC/);
    }, patience);
    expect(await server.endOf(id)).toMatchObject({ state: 'succeeded', attempts: 1 });
    await data.free();
    const file = join(data.root, 'jobs', id, 'job.json');
    await vi.waitFor(
      async () => expect(await readFile(file, 'utf8')).toContain('"succeeded"'),
      patience,
    );
  });
});

describe('a limit on the size of files', { timeout: 120_000 }, () => {
  it('is to a job what a full disk is', async () => {
    const own = await layOut(await temporaryFolder(), bars(60));
    // Blocks of 512 or of 1024 bytes, as the shell likes it.
    const server = await startServer(own, withSmallFiles(1024));
    running.push(server);
    const { status, body } = await server.post(largeForm());
    expect({ status, error: body.error }).toMatchObject({
      status: 503,
      error: full('GLIMPSE_DATA_DIR'),
    });
    const layers = [
      { type: 'flatten' },
      { type: 'dense', units: 8192 },
      { type: 'dense' },
    ] as const;
    const id = await server.train({ architecture: { layers: [...layers] }, epochs: 1 });
    const record = await server.endOf(id);
    expect(record).toMatchObject({ state: 'failed', error: full('GLIMPSE_REPOSITORY') });
    expect(record.notes.join()).toMatch(/goes on without checkpoints: EFBIG/);
    expect(await server.get('/models')).toMatchObject({ models: [] });
  });
});
