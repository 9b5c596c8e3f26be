import { afterEach, describe, expect, it } from 'vitest';
import type { KnownModel } from '../../src/registry/known-model.ts';
import { orderOf, routeOf } from '../../src/registry/traffic-route.ts';
import type { TrafficRules } from '../../src/repository/traffic/traffic-record.ts';
import { createRegistryRig, type RegistryRig } from '../support/registry-rig.ts';

const values = Array.from({ length: 4_000 }, (_, at) => `user ${at}`);
const split = (...weights: number[]) => weights.map((weight, at) => ({ version: at + 1, weight }));
/** A version or a label. */
interface Entry {
  readonly version?: number;
  readonly label?: string;
  readonly weight: number;
}
const winners = (entries: ReturnType<typeof split>) =>
  values.map((value) => orderOf('digits', entries, value)[0]!.version);
const shareOf = (version: number, won: readonly number[]) =>
  won.filter((one) => one === version).length / won.length;

describe('the order in which entries are asked', () => {
  it('is written down: the same value has the same order everywhere', () => {
    const entries = [...split(1, 1, 1), { label: 'candidate', weight: 1 }];
    const order = (value: string) =>
      orderOf<Entry>('digits', entries, value).map(({ version, label }) => version ?? label);
    expect([order('ann'), order('ben'), order('')]).toEqual([
      [2, 'candidate', 3, 1],
      [2, 'candidate', 3, 1],
      [1, 3, 2, 'candidate'],
    ]);
    const turned = orderOf<Entry>('digits', entries.toReversed(), 'ann');
    expect(turned.map(({ version, label }) => version ?? label)).toEqual(order('ann'));
  });

  it('gives each entry its share of the values, other values for another model', () => {
    const won = winners(split(90, 9, 1));
    expect(shareOf(1, won)).toBeCloseTo(0.9, 1);
    expect(shareOf(2, won)).toBeCloseTo(0.09, 1);
    expect(shareOf(3, won)).toBeGreaterThan(0);
    const other = values.map((value) => orderOf('other', split(90, 9, 1), value)[0]!.version);
    expect(other).not.toEqual(won);
  });

  it('moves values to an entry whose weight grows, and none between the others', () => {
    const before = winners(split(50, 40, 10));
    const after = winners(split(50, 40, 30));
    const moved = values.filter((_, at) => before[at] !== after[at]);
    expect(moved.length).toBeGreaterThan(0);
    expect(before.every((was, at) => was === after[at] || after[at] === 3)).toBe(true);
    // All weights times the same are the same shares.
    expect(winners(split(5, 4, 1))).toEqual(before);
  });

  it('leaves what weighs nothing for last, and draws by chance where no value is known', () => {
    const entries = split(0, 1, 0);
    expect(orderOf('digits', entries, 'ann')[0]!.version).toBe(2);
    const draws = [0.9, 0.2, 0.5];
    const drawn = orderOf('digits', split(1, 1, 1), undefined, () => draws.shift()!);
    expect(drawn.map(({ version }) => version)).toEqual([2, 3, 1]);
    const least = orderOf('digits', split(0, 1), undefined, () => 0);
    expect(least.map(({ version }) => version)).toEqual([2, 1]);
  });
});

const ann = () => 'ann';

/** A model of which 1 answers by default and 2 for candidate, 3 is on its way, 4 is gone, and 5 hangs. */
const modelWith = (
  rules: TrafficRules | undefined,
  serving = (label?: string): number | undefined =>
    label === undefined ? 1 : { candidate: 2 }[label],
): KnownModel =>
  ({
    model: 'digits',
    traffic: rules && { rules },
    serving,
    versions: new Map([
      [1, { state: 'READY', loaded: {} }],
      [2, { state: 'READY', loaded: {} }],
      [3, { state: 'LOADING', loaded: {} }],
      [4, { state: 'READY', loaded: undefined }],
      [5, { state: 'READY', loaded: { unhealthyReason: 'it hangs' } }],
    ]),
  }) as unknown as KnownModel;

describe('the route of a request', () => {
  const all = [
    ...split(0, 0, 9, 9, 9),
    { label: 'candidate', weight: 5 },
    { label: 'production', weight: 1 },
  ];

  it('names the versions that can answer, and last who answers by default', () => {
    const route = routeOf(modelWith({ split: all }), undefined, ann);
    expect(route!.versions.toSorted((a, b) => a - b)).toEqual([1, 2]);
    const [only] = split(1);
    expect(
      routeOf(
        modelWith({ split: [only!] }, () => 2),
        undefined,
        ann,
      )!.versions,
    ).toEqual([1, 2]);
    const labelled = modelWith({ split: [{ label: 'production', weight: 1 }] });
    expect(routeOf(labelled, undefined, ann)!.versions).toEqual([1]);
    const mostly = [
      { label: 'production', weight: 1e9 },
      { label: 'candidate', weight: 1e-9 },
    ];
    expect(routeOf(modelWith({ split: mostly }), undefined, ann)!.versions).toEqual([1, 2]);
    const noDefault = modelWith({ split: [only!] }, () => undefined);
    expect(routeOf(noDefault, undefined, ann)!.versions).toEqual([1]);
  });

  it.each([
    [2, 2],
    [3, undefined],
    [5, undefined],
  ])(
    'shows a share of them to a shadow that can answer, without a split too: %i',
    (version, shadow) => {
      const route = routeOf(modelWith({ shadow: { version, share: 1 } }), undefined, ann);
      expect(route).toMatchObject({ versions: [1], shadow });
    },
  );

  it('is none without a model, without traffic, and where nothing is split or shown', () => {
    expect(routeOf(undefined, undefined, ann)).toBeUndefined();
    expect(routeOf(modelWith(undefined), undefined, ann)).toBeUndefined();
    expect(routeOf(modelWith({}), undefined, ann)).toBeUndefined();
    const route = routeOf(modelWith({ split: split(1) }), undefined, ann);
    expect(route).toMatchObject({ shadow: undefined });
  });
});

describe('the traffic of a model', () => {
  const rigs: RegistryRig[] = [];
  afterEach(async () => {
    for (const { registry } of rigs.splice(0)) await registry.close();
  });
  const open = async (changes: Parameters<typeof createRegistryRig>[0] = {}) => {
    const rig = await createRegistryRig(changes);
    rigs.push(rig);
    return rig;
  };
  const cause = { by: { kind: 'key', id: 'k1' } } as const;

  it('is followed by every server with its next poll, without a request more, until it is ended', async () => {
    const one = await open();
    await one.publish({ label: 'production' });
    await one.publish();
    await one.registry.start();
    const other = await open({ repository: one.repository, policy: { keepVersions: 1 } });
    await other.registry.start();
    expect(one.registry.route('digits', undefined, ann)).toBeUndefined();
    const rules = {
      split: [
        { version: 1, weight: 0 },
        { version: 2, weight: 1 },
      ],
    };
    const set = await one.registry.traffic.set('digits', { rules, cause });
    expect(set).toMatchObject({ record: { revision: 1, rules }, before: undefined });
    expect(one.registry.route('digits', undefined, ann)!.versions).toEqual([2, 1]);
    expect(one.registry.route('digits', { label: 'production' }, ann)!.versions).toEqual([2, 1]);
    for (const selector of [{ version: 1 }, { label: 'latest' }]) {
      expect(one.registry.route('digits', selector, ann)).toBeUndefined();
    }
    expect(other.registry.route('digits', undefined, ann)).toBeUndefined();
    await other.registry.reconcile();
    expect(other.registry.route('digits', undefined, ann)!.versions).toEqual([2, 1]);
    expect(one.registry.describeModel('digits').labels).toEqual({ latest: 2, production: 1 });
    one.faulty.calls.length = 0;
    await one.registry.reconcile();
    expect(one.faulty.calls.filter((call) => call.includes('traffic'))).toHaveLength(1);
    await one.registry.traffic.set('digits', { rules: {}, cause, ifMatch: set.etag });
    await other.registry.reconcile();
    for (const { registry } of rigs) {
      expect(registry.route('digits', undefined, ann)).toBeUndefined();
    }
    const { entries } = await one.repository.history.page('digits');
    expect(entries.slice(0, 2)).toMatchObject([
      { what: 'traffic', by: cause.by, from: { rules }, to: { rules: {} } },
      { what: 'traffic', from: null, to: { rules } },
    ]);
  });

  it('keeps what it names in memory, and passes over what cannot answer', async () => {
    const rig = await open({ policy: { keepVersions: 0 } });
    const { registry, puppets } = rig;
    for (const label of ['production', 'candidate', 'none']) await rig.publish({ label });
    await rig.publish();
    await registry.start();
    const split = [
      { version: 4, weight: 1e6 },
      { label: 'candidate', weight: 1 },
      { label: 'production', weight: 1e-6 },
    ];
    await registry.traffic.set('digits', { rules: { split, stickyHeader: 'x-user' }, cause });
    expect(registry.route('digits', undefined, ann)!.versions).toEqual([4, 2, 1]);
    puppets.runtime(4).unhealthyReason = 'it hangs.';
    expect(registry.route('digits', undefined, ann)!.versions).toEqual([2, 1]);
    const asked: unknown[] = [];
    registry.route('digits', undefined, (header) => void asked.push(header));
    expect(asked).toEqual(['x-user']);
  });

  it('is refused where it names what is not there, twice the same, nothing, or comes too late', async () => {
    const rig = await open();
    const { registry } = rig;
    await rig.publish({ label: 'production' });
    await registry.start();
    const refusal = async (rules: object, ifMatch?: string) =>
      registry.traffic.set('digits', { rules, cause, ifMatch }).then(
        () => 'taken',
        ({ code, message }) => `${code} ${message}`,
      );
    const one = { version: 1, weight: 1 };
    expect(await refusal({ split: [{ version: 9, weight: 1 }] })).toMatch(/VERSION_NOT_FOUND/);
    expect(await refusal({ split: [{ label: 'b', weight: 1 }] })).toMatch(/LABEL_NOT_FOUND/);
    expect(await refusal({ split: [one, one] })).toMatch(/version 1 stands in the split twice/);
    expect(await refusal({ split: [{ version: 1, weight: 0 }] })).toMatch(/more than 0/);
    expect(await refusal({ split: [{ weight: 1 }] })).toMatch(/a version or a label/);
    expect(await refusal({ split: [{ ...one, label: 'production' }] })).toMatch(/not both/);
    expect(await refusal({ split: [one] }, 'stale')).toMatch(/TRAFFIC_CONFLICT/);
    expect(await refusal({ split: [one] })).toBe('taken');
    expect(await refusal({ split: [one] }, 'stale')).toMatch(/TRAFFIC_CONFLICT/);
    await expect(registry.traffic.get('none')).rejects.toMatchObject({
      code: 'GLIMPSE_MODEL_NOT_FOUND',
    });
    for (const label of ['traffic.json', 'deletions.json']) {
      const set = registry.setLabel({ model: 'digits', label, version: 1 });
      await expect(set).rejects.toMatchObject({ code: 'GLIMPSE_INVALID_REQUEST' });
    }
    await rig.publish();
    await rig.repository.deletions.deleteVersion('digits', 2);
    expect(await refusal({ split: [{ version: 2, weight: 1 }] })).toMatch(/VERSION_NOT_FOUND/);
    expect(await refusal({ shadow: { version: 2, share: 1 } })).toMatch(/VERSION_NOT_FOUND/);
  });

  it('of a record that nobody can read is that of before, and the model says so', async () => {
    const rig = await open();
    const { registry, faulty } = rig;
    await rig.publish({ label: 'production' });
    await registry.start();
    await registry.traffic.set('digits', { rules: { split: [{ version: 1, weight: 1 }] }, cause });
    await faulty.store.write('digits/traffic.json', Buffer.from('{}'));
    await registry.reconcile();
    expect(registry.route('digits', undefined, ann)!.versions).toEqual([1]);
    expect(registry.describeModel('digits').reasons.join()).toContain('traffic.json');
  });
});
