import { deserialize } from 'node:v8';

/**
 * A real process that works on a disk store and may die in the middle of it, as by kill -9.
 * Its one argument says what it shall do; what it has done it prints, a line each. It is JavaScript and loads
 * the compiled sources, only those it needs, because many of it are started.
 */
/** @type {import('./child.ts').Order} */
const order = deserialize(Buffer.from(process.argv[2] ?? '', 'base64'));

const say = (text) => process.stdout.write(`${text}\n`);

function dieIf(isTime) {
  if (isTime) process.kill(process.pid, 'SIGKILL');
}

function mortal(store, when, write) {
  let writes = 0;
  return {
    ...store,
    write: async (...args) => {
      writes += 1;
      const isTheOne = writes === write;
      dieIf(isTheOne && when === 'before');
      const result = await store.write(...args);
      dieIf(isTheOne && when === 'after');
      return result;
    },
  };
}

async function increment(store) {
  for (;;) {
    const found = await store.read('m/count');
    if (typeof found !== 'object') throw new Error('there is nothing to count');
    const next = Number(Buffer.from(found.body).toString()) + 1;
    const condition = { etag: found.etag };
    const written = await store.write('m/count', Buffer.from(String(next)), { condition });
    if (written !== 'conflict') say(next);
  }
}

async function hold({ folder, name }) {
  const { acquireLock } = await import('../../build/repository/stores/disk/file-lock.js');
  const lock = await acquireLock(folder, name, { strangerMs: 60_000, waitMs: 10_000 });
  say(lock === undefined ? 'not had' : 'held');
  setInterval(() => {}, 1_000);
}

async function publish(store, root, draft, times) {
  const { createRepository } = await import('../../build/repository/model-repository.js');
  const cacheDir = `${root}-cache`;
  const repository = createRepository({ store, cacheDir, maxArtifactBytes: 1_000_000 });
  for (let time = 0; time < times; time += 1) say((await repository.publish(draft)).version);
}

async function perform({ task, draft }) {
  if (task.do === 'hold') return hold(task);
  const { createDiskStore } = await import('../../build/repository/stores/disk/disk-store.js');
  const disk = createDiskStore({ root: task.root });
  if (task.do === 'increment') return increment(disk);
  if (task.do === 'publish') return publish(disk, task.root, draft, task.times);
  return publish(mortal(disk, task.when, task.write), task.root, draft, 1);
}

await perform(order);
