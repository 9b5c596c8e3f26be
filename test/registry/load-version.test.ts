import { expect, it, onTestFinished } from 'vitest';
import { sha256 } from '../../src/repository/digest.ts';
import { createPuppeteer, createGate } from '../support/puppet-runtime.ts';
import { createRegistryRig } from '../support/registry-rig.ts';

/** A rig whose models called "stuck-..." do not open until the test is over, and are trusted by nobody. */
async function rigWithStuckModels(trusted: readonly string[]) {
  const puppets = createPuppeteer();
  const gate = createGate();
  const opening: string[] = [];
  const rig = await createRegistryRig({
    trust: { isTrusted: ({ model }) => Promise.resolve(trusted.includes(model)) },
    loadRuntime: async (request) => {
      opening.push(request.model);
      if (request.model.startsWith('stuck-')) await gate.promise;
      return puppets.load(request);
    },
  });
  onTestFinished(async () => {
    gate.open();
    await rig.registry.close();
  });
  return { ...rig, opening };
}

it('models that do not return while they are opened hold up neither the default model nor trusted ones', async () => {
  const { registry, opening, ...rig } = await rigWithStuckModels(['ours']);
  for (const model of ['a', 'b', 'c', 'd']) await rig.publish({ model: `stuck-${model}` });
  await rig.publish({ model: 'digits' });
  await rig.publish({ model: 'ours' });
  void registry.start();
  const readyModels = () =>
    registry
      .describe()
      .filter(({ versions }) => versions.some(({ state }) => state === 'READY'))
      .map(({ model }) => model);
  await expect.poll(readyModels, { timeout: 20_000 }).toEqual(['digits', 'ours']);
  // Two of their kind at a time.
  const stuck = () => opening.filter((model) => model.startsWith('stuck-'));
  await expect.poll(stuck, { timeout: 20_000 }).toHaveLength(2);
});

it('trusted models are opened one at a time, so that each is measured on a quiet machine', async () => {
  const { registry, opening, ...rig } = await rigWithStuckModels(['stuck-a', 'stuck-b']);
  for (const model of ['stuck-a', 'stuck-b']) await rig.publish({ model });
  void registry.start();
  await expect.poll(() => opening, { timeout: 20_000 }).toHaveLength(1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(opening).toHaveLength(1);
});

it('a model whose turn comes when all is closed is not opened any more', async () => {
  const gate = createGate();
  const opening: string[] = [];
  const { registry, ...rig } = await createRegistryRig({
    loadRuntime: async ({ model }) => {
      opening.push(model);
      await gate.promise;
      throw new Error('too late');
    },
  });
  for (const model of ['a', 'b']) await rig.publish({ model });
  const started = registry.start();
  await expect.poll(() => opening, { timeout: 20_000 }).toHaveLength(1);
  const closed = registry.close();
  gate.open();
  await Promise.all([started, closed]);
  expect(opening).toHaveLength(1);
});

it.each([
  ['entered', () => Promise.reject(new Error('full'))],
  ['struck out', () => Promise.resolve(() => Promise.reject(new Error('full')))],
])(
  'a model whose opening cannot be %s in the crash ledger is opened all the same',
  async (_, enter) => {
    const subjects: unknown[] = [];
    const { registry, ...rig } = await createRegistryRig({
      crashLedger: {
        check: async (subject) => void subjects.push(subject),
        enter: (subject) => {
          subjects.push(subject);
          return enter();
        },
        forget: async () => {},
        close: () => {},
      },
    });
    const manifest = await rig.publish();
    await registry.start();
    expect(registry.describeModel('digits').versions).toMatchObject([{ state: 'READY' }]);
    const subject = {
      model: 'digits',
      version: 1,
      fingerprint: sha256(JSON.stringify(manifest)),
    };
    expect(subjects).toEqual([subject, subject]);
    await registry.close();
  },
);
