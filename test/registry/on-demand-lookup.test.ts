import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createOnDemandLookup,
  maxRecentLookups,
  minLookupIntervalMs,
} from '../../src/registry/polling/on-demand-lookup.ts';
import { outcome } from '../support/puppet-run.ts';
import { createRegistryRig, whoAnswers, type RegistryRig } from '../support/registry-rig.ts';

let rig: RegistryRig;
let time = 0;

/** A registry that never polls by itself, and has polled once. */
async function startRig(): Promise<void> {
  time = Date.now();
  rig = await createRegistryRig({ now: () => time });
  const { registry } = rig;
  onTestFinished(() => registry.close());
  await rig.publish();
  await rig.registry.start();
  rig.faulty.forget();
}

describe('what was published a moment ago', () => {
  it('answers at once, whether the model, its version or its label is new', async () => {
    await startRig();
    await rig.publish({ model: 'cats' });
    expect(await whoAnswers(rig.registry, 'cats')).toBe(1);
    await rig.publish({ label: 'beta' });
    expect(await whoAnswers(rig.registry, 'digits', { version: 2 })).toBe(2);
    expect(await whoAnswers(rig.registry, 'digits', { label: 'beta' })).toBe(2);
  });

  it('is described at once', async () => {
    await startRig();
    await rig.publish();
    expect(await rig.registry.describeVersion('digits', 2)).toMatchObject({ state: 'READY' });
    await rig.publish({ model: 'cats' });
    await rig.registry.lookUp('cats');
    expect(rig.registry.describeModel('cats').versions).toMatchObject([{ state: 'READY' }]);
  });

  it('is found although it was asked for in vain a second before, and not sooner', async () => {
    await startRig();
    expect(await outcome(rig.registry.lease('cats'))).toEqual({ code: 'GLIMPSE_MODEL_NOT_FOUND' });
    await rig.publish({ model: 'cats' });
    time += minLookupIntervalMs - 1;
    expect(await outcome(rig.registry.lease('cats'))).toEqual({ code: 'GLIMPSE_MODEL_NOT_FOUND' });
    time += 1;
    expect(await whoAnswers(rig.registry, 'cats')).toBe(1);
  });

  it('is refused with what is wrong with it, when it cannot be loaded', async () => {
    await startRig();
    rig.puppets.refuse(2, new Error('?'));
    await rig.publish();
    expect(await outcome(rig.registry.lease('digits', { version: 2 }))).toEqual({
      code: 'GLIMPSE_MODEL_NOT_READY',
    });
  });
});

describe('asking for what there is not', () => {
  it('costs the store one lookup of a name, however many ask', async () => {
    await startRig();
    const asks = Array.from({ length: 50 }, () => outcome(rig.registry.lease('cats')));
    expect(new Set((await Promise.all(asks)).map((one) => JSON.stringify(one)))).toEqual(
      new Set(['{"code":"GLIMPSE_MODEL_NOT_FOUND"}']),
    );
    expect(rig.faulty.calls).toEqual(['read cats/labels.json', 'list cats']);
  });

  it('costs the store one lookup of a name also when it takes longer than lookups lie apart', async () => {
    let now = 0;
    const begun: string[] = [];
    const answer = new AbortController();
    const answered = new Promise<void>((resolve) => {
      answer.signal.addEventListener('abort', () => resolve());
    });
    const lookups = createOnDemandLookup({
      now: () => now,
      lookUp: (model) => {
        begun.push(model);
        return answered;
      },
    });
    const first = lookups.lookUp('cats');
    now += minLookupIntervalMs;
    const second = lookups.lookUp('cats');
    expect(begun).toEqual(['cats']);
    answer.abort();
    await Promise.all([first, second]);
    await lookups.lookUp('cats');
    expect(begun).toEqual(['cats', 'cats']);
  });

  it('is over when the lookup fails, and may be tried again as one that did not', async () => {
    let now = 0;
    let begun = 0;
    const lookups = createOnDemandLookup({
      now: () => now,
      lookUp: async () => {
        begun += 1;
        throw new Error('away');
      },
    });
    for (const at of [0, minLookupIntervalMs - 1, minLookupIntervalMs]) {
      now = at;
      await expect(lookups.lookUp('cats')).resolves.toBeUndefined();
    }
    expect(begun).toBe(2);
  });

  it('costs the store a bounded number of lookups a second, whatever names are made up', async () => {
    await startRig();
    const invent = async (count: number): Promise<void> => {
      const asks = Array.from({ length: count }, (_, i) =>
        outcome(rig.registry.lease(`m${time}-${i}`)),
      );
      await Promise.all(asks);
    };
    await invent(200);
    expect(rig.faulty.calls).toHaveLength(maxRecentLookups * 2);
    time += minLookupIntervalMs;
    await invent(200);
    expect(rig.faulty.calls).toHaveLength(maxRecentLookups * 4);
  });

  it('does not ask the store for names no model can have, nor a store that is away', async () => {
    await startRig();
    for (const name of ['', '.hidden', '../etc', 'datasets', 'a'.repeat(65)]) {
      expect(await outcome(rig.registry.lease(name))).toEqual({ code: 'GLIMPSE_MODEL_NOT_FOUND' });
    }
    expect(rig.faulty.calls).toEqual([]);
    rig.faulty.fail();
    await rig.registry.reconcile();
    rig.faulty.forget();
    expect(await outcome(rig.registry.lease('cats'))).toEqual({ code: 'GLIMPSE_MODEL_NOT_FOUND' });
    expect(rig.faulty.calls).toEqual([]);
  });

  it('never makes a version count as gone', async () => {
    await startRig();
    await rig.faulty.store.remove('digits/1/manifest.json');
    for (let ask = 0; ask < 5; ask += 1) {
      time += minLookupIntervalMs;
      await outcome(rig.registry.lease('digits', { version: 9 }));
    }
    expect(rig.faulty.calls).toContain('list digits');
    expect(await whoAnswers(rig.registry, 'digits')).toBe(1);
  });
});
