import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { createDiskStore } from '../../src/repository/stores/disk/disk-store.ts';
import { createMemoryStore } from '../../src/repository/stores/memory-store.ts';
import { describeHistory } from './history-contract.ts';
import { describeRepository } from './repository-contract.ts';

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'glimpse-repository-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

describeRepository('a memory store', async () => createMemoryStore());
describeRepository('a disk store', async () =>
  createDiskStore({ root: await mkdtemp(join(scratch, 'root-')) }),
);
describeHistory('a disk store', async () =>
  createDiskStore({ root: await mkdtemp(join(scratch, 'root-')) }),
);
