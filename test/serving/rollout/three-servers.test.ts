import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCancellation } from '../../../src/cancellation.ts';
import { errors } from '../../../src/errors.ts';
import { createPredictor, type Predictor } from '../../../src/serving/predictor.ts';
import {
  createCanaryDriver,
  type CanaryDriver,
} from '../../../src/serving/rollout/canary-driver.ts';
import { routePredictions } from '../../../src/serving/rollout/route-predictions.ts';
import { createRolloutFigures } from '../../../src/serving/rollout/version-figures.ts';
import { createRegistryRig, type RegistryRig } from '../../support/registry-rig.ts';

interface Replica {
  readonly rig: RegistryRig;
  readonly predictor: Predictor;
  readonly driver: CanaryDriver;
  readonly problems: unknown[];
  readonly moves: string[];
}

let replicas: Replica[];
let clock: number;
const pixels = [{ kind: 'pixels', values: [0, 0, 0, 0] }] as const;
const cause = { by: { kind: 'key', id: 'k1' } } as const;

/** Three servers with registries, figures and drivers of their own on one repository; only the runtimes are puppets. */
beforeEach(async () => {
  replicas = [];
  clock = Date.now();
  for (const name of ['a', 'b', 'c']) {
    const first = replicas[0]?.rig;
    const rig = await createRegistryRig(first && { repository: first.repository });
    if (!first) {
      await rig.publish({ label: 'production' });
      await rig.publish();
    }
    await rig.registry.start();
    const figures = createRolloutFigures();
    const images = { prepareWithInk: noImages, readPage: noImages };
    const { registry } = rig;
    const [problems, moves]: [unknown[], string[]] = [[], []];
    replicas.push({
      rig,
      problems,
      moves,
      predictor: routePredictions({
        predictor: createPredictor({ registry, images }),
        registry,
        figures,
        shadows: { offer: () => {} },
      }),
      driver: createCanaryDriver({
        registry,
        figures,
        everyMs: 1e6,
        by: { kind: 'server', id: name },
        onMove: ({ state }) => moves.push(state),
        onProblem: ({ error }) => problems.push(error),
        now: () => new Date(clock),
      }),
    });
  }
});
afterEach(async () => {
  for (const { driver } of replicas) await driver.close();
  for (const { rig } of replicas) await rig.registry.close();
  expect(replicas.flatMap(({ problems }) => problems)).toEqual([]);
});

/** The version that answers each of so many callers, or the code of what it fails with. */
const ask = (replica: Replica, callers = 60) =>
  Promise.all(
    Array.from({ length: callers }, (_, at) =>
      replica.predictor
        .predict({
          model: 'digits',
          instances: pixels,
          topK: 1,
          partial: false,
          sticky: () => `caller ${at}`,
          cancellation: createCancellation(),
        })
        .then(
          ({ version }) => version,
          ({ code }) => code as string,
        ),
    ),
  );
const poll = () => Promise.all(replicas.map(({ rig }) => rig.registry.reconcile()));
const look = () => Promise.all(replicas.map(({ driver }) => driver.look()));
const start = async (canary: object = {}) => {
  const steps = [
    { share: 0.5, bakeSeconds: 60 },
    { share: 1, bakeSeconds: 60 },
  ];
  const rules = { canary: { version: 2, steps, minRequests: 10, ...canary } };
  await replicas[1]!.rig.registry.traffic.set('digits', { rules, cause });
  await poll();
};
const worse = ({ rig }: Replica) =>
  Object.assign(rig.puppets.runtime(2), {
    infer: () => Promise.reject(new errors.GLIMPSE_RUNTIME_FAILED('it fails.')),
  });
const states = () =>
  replicas.map(
    ({ rig }) => rig.registry.route('digits', undefined, () => 'x')?.traffic.canary?.state ?? '-',
  );
const history = async () => (await replicas[0]!.rig.repository.history.page('digits')).entries;
const production = async () => {
  const found = await replicas[0]!.rig.repository.labels('digits');
  return found === 'unchanged' ? undefined : found.labels['production'];
};

async function noImages(): Promise<never> {
  throw new Error('no images here');
}

describe('a canary on three servers', () => {
  it('of a worse version is taken back by whoever sees it, is gone everywhere with one poll, and history tells why', async () => {
    for (const replica of replicas) worse(replica);
    await start();
    const answered = await ask(replicas[2]!);
    expect(new Set(answered)).toEqual(new Set([1, 'GLIMPSE_RUNTIME_FAILED']));
    await look();
    expect(replicas.map(({ moves }) => moves)).toEqual([[], [], ['rolled-back']]);
    expect(new Set(await ask(replicas[2]!))).toEqual(new Set([1]));
    expect(states()).toEqual(['running', 'running', '-']);
    await poll();
    expect(states()).toEqual(['-', '-', '-']);
    for (const replica of replicas) expect(new Set(await ask(replica))).toEqual(new Set([1]));
    expect(await production()).toBe(1);
    const [last] = await history();
    expect(last).toMatchObject({
      what: 'canary',
      by: { kind: 'server', id: 'c' },
      to: { rules: {}, canary: { state: 'rolled-back', version: 2, present: 1, step: 0 } },
      evidence: { step: 1, figures: { present: { errors: 0 } } },
    });
    expect(last!.why).toMatch(/^Version 2: 100\.0 % of its \d+ requests failed/);
  });

  it('is taken back once where all of them see it at the same time', async () => {
    for (const replica of replicas) worse(replica);
    await start();
    for (const replica of replicas) await ask(replica);
    await look();
    const entries = (await history()).filter(({ what }) => what === 'canary');
    expect(entries).toHaveLength(2);
    expect(states()).toEqual(['-', '-', '-']);
  });

  it('of a version that holds goes on with whichever server is left, to the end, and moves the label', async () => {
    await start();
    const early = await ask(replicas[0]!);
    await look();
    expect(replicas[0]!.moves).toEqual([]);
    clock += 61_000;
    // Servers that nobody asks say nothing; the one that was asked carries it on.
    await look();
    expect(replicas.map(({ moves }) => moves.length)).toEqual([1, 0, 0]);
    await poll();
    expect(new Set(await ask(replicas[2]!))).toEqual(new Set([2]));
    expect(early.filter((version) => version === 1).length).toBeGreaterThan(10);
    // The first server is gone now; another one has seen the last step.
    clock += 61_000;
    await replicas[2]!.driver.look();
    await poll();
    expect(await production()).toBe(2);
    for (const replica of replicas) expect(new Set(await ask(replica))).toEqual(new Set([2]));
    const told = (await history()).slice(0, 4).map(({ what, label, by, to }) => ({
      what: label === undefined ? what : `${what} ${label}`,
      by: by.id,
      state: (to as { canary?: { state: string } }).canary?.state,
    }));
    expect(told).toEqual([
      { what: 'canary', by: 'c', state: 'promoted' },
      { what: 'label production', by: 'c', state: undefined },
      { what: 'canary', by: 'a', state: 'running' },
      { what: 'canary', by: 'k1', state: 'running' },
    ]);
  });

  it('is finished by another server when one dies between the label and the record', async () => {
    await start();
    const { repository } = replicas[0]!.rig;
    await repository.setLabel({ model: 'digits', label: 'production', version: 2, from: 1 });
    await poll();
    await look();
    expect(states()).toEqual(['-', '-', '-']);
    expect((await history())[0]).toMatchObject({ to: { canary: { state: 'promoted' } } });
  });

  it('that somebody has rolled back meanwhile moves no label, however late a server hears of it', async () => {
    await start({ steps: [{ share: 0.5, bakeSeconds: 60 }] });
    await ask(replicas[0]!);
    clock += 61_000;
    // The first server has seen the end and not heard of the rollback of the second one yet.
    await replicas[1]!.rig.registry.traffic.rollBack('digits', { cause });
    await replicas[0]!.driver.look();
    expect(await production()).toBe(1);
    await poll();
    expect(states()).toEqual(['-', '-', '-']);
  });

  it('that is rolled back in the very moment in which it is promoted has its label taken back', async () => {
    await start({ steps: [{ share: 0.5, bakeSeconds: 60 }] });
    await ask(replicas[0]!);
    clock += 61_000;
    const { registry, repository } = replicas[0]!.rig;
    const setLabel = registry.setLabel.bind(registry);
    registry.setLabel = async (change) => {
      registry.setLabel = setLabel;
      const moved = await setLabel(change);
      const { record, etag } = await repository.traffic.read('digits');
      const content = { rules: {}, canary: { ...record!.canary!, state: 'rolled-back' } };
      await repository.traffic.write('digits', { content, ifMatch: etag });
      return moved;
    };
    await replicas[0]!.driver.look();
    await poll();
    expect(await production()).toBe(1);
    expect(states()).toEqual(['-', '-', '-']);
    expect((await history())[0]).toMatchObject({ what: 'rollback', from: 2, to: 1 });
  });

  it('whose rules another server has changed already is left to that one, also where it died before it told', async () => {
    for (const replica of replicas) worse(replica);
    await start();
    await ask(replicas[0]!);
    const { faulty, registry } = replicas[0]!.rig;
    const { record } = await registry.traffic.get('digits');
    const ended = {
      ...record,
      revision: 2,
      rules: {},
      canary: { ...record!.canary, state: 'ended' },
    };
    await faulty.store.write('digits/traffic.json', Buffer.from(JSON.stringify(ended)));
    await replicas[0]!.driver.look();
    expect(await registry.traffic.get('digits')).toMatchObject({ record: { revision: 2 } });
    await poll();
    expect(states()).toEqual(['-', '-', '-']);
  });

  it('of a worse version asks no caller any more of a server that cannot reach the repository, which is told later', async () => {
    for (const replica of replicas) worse(replica);
    await start();
    const [first] = replicas;
    await ask(first!);
    const { faulty } = first!.rig;
    faulty.fail();
    await first!.driver.look();
    expect(first!.problems.splice(0)).toMatchObject([{ code: 'GLIMPSE_STORE_UNAVAILABLE' }]);
    expect(states()).toEqual(['-', 'running', 'running']);
    expect(new Set(await ask(first!))).toEqual(new Set([1]));
    faulty.heal();
    await first!.driver.look();
    await poll();
    expect(states()).toEqual(['-', '-', '-']);
    const ends = (await history()).filter(({ what }) => what === 'canary');
    expect(ends).toHaveLength(2);
  });

  it('cannot begin without a version to hold against, as that one, or beside a split', async () => {
    const { registry, repository } = replicas[0]!.rig;
    const steps = [{ share: 1, bakeSeconds: 1 }];
    const set = (rules: object) =>
      registry.traffic.set('digits', { rules, cause }).catch(({ message }) => message as string);
    expect(await set({ canary: { version: 1, steps } })).toContain(
      'answers for production already',
    );
    const split = [{ version: 1, weight: 1 }];
    expect(await set({ canary: { version: 2, steps }, split })).toContain('a split of its own');
    const bands = { agreement: 0.9 };
    expect(await set({ canary: { version: 2, steps, bands } })).toContain('needs a shadow');
    await repository.setLabel({ model: 'digits', label: 'production', version: null });
    expect(await set({ canary: { version: 2, steps } })).toContain('no version is labelled');
  });
});
