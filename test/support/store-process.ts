import { createDiskStore } from '../../src/repository/stores/disk/disk-store.ts';
import { acquireLock } from '../../src/repository/stores/disk/file-lock.ts';
import type { ArtifactStore } from '../../src/repository/stores/artifact-store.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import { aDraft } from './drafts.ts';

/**
 * A real process that works on a disk store and may die in the middle of it, as by kill -9.
 * Its one argument says what it shall do; what it has done it prints, a line each.
 */
export type Task =
  | { readonly do: 'publish'; readonly root: string; readonly times: number }
  /** Dies before or after the write with this number, counted from 1. */
  | {
      readonly do: 'die';
      readonly root: string;
      readonly when: 'before' | 'after';
      readonly write: number;
    }
  | { readonly do: 'increment'; readonly root: string }
  | { readonly do: 'hold'; readonly folder: string; readonly name: string };

const say = (text: string | number): void => void process.stdout.write(`${text}\n`);

function dieIf(isTime: boolean): void {
  if (isTime) process.kill(process.pid, 'SIGKILL');
}

function mortal(store: ArtifactStore, when: 'before' | 'after', write: number): ArtifactStore {
  let writes = 0;
  return {
    ...store,
    write: async (...order) => {
      writes += 1;
      const isTheOne = writes === write;
      dieIf(isTheOne && when === 'before');
      const result = await store.write(...order);
      dieIf(isTheOne && when === 'after');
      return result;
    },
  };
}

async function increment(store: ArtifactStore): Promise<void> {
  for (;;) {
    const found = await store.read('m/count');
    if (typeof found !== 'object') throw new Error('there is nothing to count');
    const next = Number(Buffer.from(found.body).toString()) + 1;
    const condition = { etag: found.etag };
    const written = await store.write('m/count', Buffer.from(String(next)), { condition });
    if (written !== 'conflict') say(next);
  }
}

async function perform(task: Task): Promise<void> {
  if (task.do === 'hold') {
    const timeouts = { strangerMs: 60_000, waitMs: 10_000 };
    const lock = await acquireLock(task.folder, task.name, timeouts);
    say(lock === undefined ? 'not had' : 'held');
    setInterval(() => {}, 1_000);
    return;
  }
  const disk = createDiskStore({ root: task.root });
  if (task.do === 'increment') return increment(disk);
  const store = task.do === 'die' ? mortal(disk, task.when, task.write) : disk;
  const cacheDir = `${task.root}-cache`;
  const repository = createRepository({ store, cacheDir, maxArtifactBytes: 1_000_000 });
  for (let time = 0; time < (task.do === 'publish' ? task.times : 1); time += 1) {
    say((await repository.publish(aDraft({ label: 'production' }))).version);
  }
}

const task: Task = JSON.parse(process.argv[2] ?? '');
await perform(task);
