import { expect, it, onTestFinished } from 'vitest';
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
  await expect.poll(readyModels).toEqual(['digits', 'ours']);
  // Two of their kind at a time.
  expect(opening.filter((model) => model.startsWith('stuck-'))).toHaveLength(2);
});

it('trusted models are opened one at a time, so that each is measured on a quiet machine', async () => {
  const { registry, opening, ...rig } = await rigWithStuckModels(['stuck-a', 'stuck-b']);
  for (const model of ['stuck-a', 'stuck-b']) await rig.publish({ model });
  void registry.start();
  await expect.poll(() => opening).toHaveLength(1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(opening).toHaveLength(1);
});
