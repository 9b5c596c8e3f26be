import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRepository } from '../../src/repository/model-repository.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { rollBack } from '../../src/repository/roll-back.ts';
import { carryOut } from '../../src/training/releasing/carry-out.ts';
import { createRegistryRig, type RegistryRig } from '../support/registry-rig.ts';

const ann = { kind: 'key', id: 'ann' } as const;
const ben = { kind: 'key', id: 'ben' } as const;
const pending = { code: 'GLIMPSE_APPROVAL_PENDING' };
let rig: RegistryRig;
let repository: Repository;

beforeEach(async () => {
  rig = await createRegistryRig();
  repository = rig.repository;
  await rig.publish({ label: 'production' });
  await rig.publish();
  await rig.registry.start();
  const policy = { promote: 'if-better' as const, protected: ['production'] };
  await rig.registry.policies.set('digits', policy, { cause: { by: ann } });
});
afterEach(() => rig.registry.close());

const move = (version: number | null, by: typeof ann | typeof ben = ann) =>
  rig.registry.setLabel({
    model: 'digits',
    label: 'production',
    version,
    cause: { by, why: 'It is better.' },
  });
const waiting = () => rig.registry.approvals.pending('digits');
const decide = (id: string, by: typeof ann | typeof ben = ben, approve = true) =>
  rig.registry.approvals.decide('digits', id, { approve, by, why: 'I have looked at it.' });
const production = () => rig.registry.describeModel('digits').labels['production'];
const told = async () => (await repository.history.page('digits')).entries;

describe('a protected label', () => {
  it('moves when a second caller approves it, once, and history tells who did what', async () => {
    await expect(move(2)).rejects.toMatchObject(pending);
    expect(production()).toBe(1);
    const [asked, ...others] = await waiting();
    expect(others).toEqual([]);
    const change = { label: 'production', version: 2, from: 1 };
    expect(asked).toMatchObject({ kind: 'label', askedBy: ann, why: 'It is better.', change });
    const lastsMs = Date.parse(asked!.expiresAt) - Date.parse(asked!.askedAt);
    expect(lastsMs).toBe(24 * 3_600_000);
    await expect(move(2)).rejects.toMatchObject({ details: { approval: asked!.id } });
    expect(await waiting()).toHaveLength(1);
    await expect(decide(asked!.id, ann)).rejects.toMatchObject({ code: 'GLIMPSE_APPROVAL_OWN' });
    const both = await Promise.allSettled([decide(asked!.id), decide(asked!.id)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(production()).toBe(2);
    expect(await waiting()).toEqual([]);
    expect((await told()).slice(0, 3)).toMatchObject([
      {
        what: 'label',
        by: ben,
        from: 1,
        to: 2,
        why: 'I have looked at it.',
        evidence: { approval: asked!.id, askedBy: ann },
      },
      { what: 'approval', by: ben, to: { state: 'approved', id: asked!.id } },
      { what: 'approval', by: ann, to: { state: 'asked', id: asked!.id, ...change } },
    ]);
  });

  it('stays when it is rejected, also by who asked, or has moved meanwhile', async () => {
    await expect(move(2)).rejects.toMatchObject(pending);
    await decide((await waiting())[0]!.id, ann, false);
    expect([production(), await waiting()]).toEqual([1, []]);
    expect((await told())[0]).toMatchObject({ what: 'approval', to: { state: 'rejected' } });
    await expect(move(2)).rejects.toMatchObject(pending);
    await expect(move(null, ben)).rejects.toMatchObject(pending);
    const [first, second] = await waiting();
    await decide(second!.id, ann);
    expect(production()).toBeUndefined();
    await expect(decide(first!.id)).rejects.toMatchObject({ code: 'GLIMPSE_LABEL_CONFLICT' });
    await expect(decide(first!.id)).rejects.toMatchObject({ code: 'GLIMPSE_APPROVAL_NOT_FOUND' });
  });

  it('needs nobody else where it is already, for other labels, and for going back', async () => {
    expect((await move(1)).labels['production']).toBe(1);
    await repository.setLabel({ model: 'digits', label: 'beta', version: 2 });
    await repository.setLabel({
      model: 'digits',
      label: 'production',
      version: 2,
      isApproved: true,
    });
    const done = await rollBack(repository, 'digits', { cause: { by: ann } });
    expect(done).toMatchObject({ from: 2, to: 1 });
    expect(await waiting()).toEqual([]);
  });

  it('is asked for by publishing and by a training, which lose nothing', async () => {
    const { version } = await rig.publish({ label: 'production', cause: { by: ann } });
    expect(await repository.versions('digits')).toEqual([1, 2, version]);
    expect((await waiting())[0]).toMatchObject({ askedBy: ann, change: { version, from: 1 } });
    const judgement = {
      rule: 'if-better',
      present: { version: 1 },
      checks: [],
      comparisons: [],
      decision: 'promoted',
      reason: 'It is not worse.',
    } as unknown as Parameters<typeof carryOut>[2];
    const job = { kind: 'job', id: 'j1' } as const;
    const { signal } = new AbortController();
    const subject = { model: 'digits', version: 2 };
    const { note } = await carryOut(repository, subject, judgement, job, signal);
    expect(note).toMatch(/^The label "production" is protected: it moves to version 2 when/);
    expect((await waiting())[1]).toMatchObject({ askedBy: job, change: { version: 2 } });
    const asked = { ...judgement, rule: undefined };
    const third = await carryOut(repository, { model: 'digits', version }, asked, job, signal);
    expect(third.note).toMatch(/^The label "production" is protected: it moves to version 3 when/);
    expect(production()).toBe(1);
  });

  it('protects a label by which a split of production goes', async () => {
    const { registry } = rig;
    await repository.setLabel({ model: 'digits', label: 'beta', version: 1 });
    const split = [{ label: 'beta', weight: 1 }];
    await repository.traffic.write('digits', { content: { rules: { split } } });
    const beta = { model: 'digits', label: 'beta', cause: { by: ann } };
    await expect(registry.setLabel({ ...beta, version: 2 })).rejects.toMatchObject(pending);
    await rig.publish({ label: 'beta', cause: { by: ann } });
    expect((await waiting()).map(({ change }) => change)).toMatchObject([
      { label: 'beta', version: 2, from: 1 },
      { label: 'beta', version: 3, from: 1 },
    ]);
    expect(await repository.labels('digits')).toMatchObject({ labels: { beta: 1 } });
    await repository.traffic.write('digits', { content: { rules: {} } });
    expect((await registry.setLabel({ ...beta, version: 2 })).labels['beta']).toBe(2);
  });

  it('is approved by nobody who shows no key, and not by one of whom nobody knows who asked', async () => {
    const here = { kind: 'local', id: '127.0.0.1' } as const;
    const own = { code: 'GLIMPSE_APPROVAL_OWN' };
    await expect(move(2)).rejects.toMatchObject(pending);
    const [asked] = await waiting();
    await expect(decide(asked!.id, here as never)).rejects.toMatchObject(own);
    await decide(asked!.id, here as never, false);
    await expect(move(2, here as never)).rejects.toMatchObject(pending);
    const [nobodys] = await waiting();
    const there = { kind: 'local', id: '::1' };
    await expect(decide(nobodys!.id, there as never)).rejects.toMatchObject(own);
    await expect(decide(nobodys!.id, ben)).rejects.toMatchObject(own);
    expect(production()).toBe(1);
  });

  it('is asked for only on top of what the caller has seen', async () => {
    const { registry } = rig;
    const [cause, ifMatch] = [{ by: ann }, 'stale'];
    const changes = [
      registry.setLabel({ model: 'digits', label: 'production', version: 2, ifMatch, cause }),
      registry.traffic.set('digits', {
        rules: { split: [{ version: 2, weight: 1 }] },
        ifMatch,
        cause,
      }),
      registry.policies.set('digits', { promote: 'always' }, { ifMatch, cause }),
    ];
    const codes = (await Promise.allSettled(changes)).map(
      (one) => one.status === 'rejected' && (one.reason as { code: string }).code,
    );
    const conflicts = ['LABEL', 'TRAFFIC', 'POLICY'].map((what) => `GLIMPSE_${what}_CONFLICT`);
    expect(codes).toEqual(conflicts);
    expect(await waiting()).toEqual([]);
  });

  it('protects splits and canaries of production, and itself', async () => {
    const { registry } = rig;
    const cause = { by: ann };
    const split = [{ version: 2, weight: 1 }];
    const traffic = registry.traffic.set('digits', { rules: { split }, cause });
    await expect(traffic).rejects.toMatchObject(pending);
    const canary = { version: 2, steps: [{ share: 1, bakeSeconds: 1 }] };
    const stepwise = registry.traffic.set('digits', { rules: { canary }, cause });
    await expect(stepwise).rejects.toMatchObject(pending);
    const shadow = { version: 2, share: 1 };
    await registry.traffic.set('digits', { rules: { shadow }, cause });
    const policy = registry.policies.set('digits', { promote: 'always' }, { cause });
    await expect(policy).rejects.toMatchObject(pending);
    const more = { promote: 'always' as const, protected: ['production', 'beta'] };
    await registry.policies.set('digits', more, { cause });
    const [first, , third] = await waiting();
    expect((await waiting()).map(({ kind }) => kind)).toEqual(['traffic', 'traffic', 'policy']);
    // Other rules hold since the first two were asked for, and another policy since the third was.
    const late = decide(first!.id);
    await expect(late).rejects.toMatchObject({ code: 'GLIMPSE_TRAFFIC_CONFLICT' });
    const stale = decide(third!.id);
    await expect(stale).rejects.toMatchObject({ code: 'GLIMPSE_POLICY_CONFLICT' });
    await registry.traffic.set('digits', { rules: { split }, cause }).catch(() => {});
    await registry.policies.set('digits', { promote: 'always' }, { cause }).catch(() => {});
    const [, anew, again] = await waiting();
    await decide(anew!.id);
    expect((await registry.traffic.get('digits')).record!.rules).toEqual({ split });
    await decide(again!.id);
    expect((await registry.policies.get('digits')).policy).toEqual({ promote: 'always' });
    expect((await move(2)).labels['production']).toBe(2);
  });
});

describe('what waits', () => {
  it('expires after a day, and is not more than fifty', async () => {
    let now = Date.parse('2030-01-01T00:00:00Z');
    const { store } = rig.faulty;
    const other = createRepository({
      store,
      cacheDir: '',
      maxArtifactBytes: 1e6,
      now: () => new Date((now += 1)),
    });
    const ask = (version: number) =>
      other.approvals.ask('digits', { label: 'production', version, from: 1 }, { by: ann });
    const first = await ask(2);
    for (let version = 3; version <= 51; version += 1) await ask(version);
    await expect(ask(52)).rejects.toMatchObject({ code: 'GLIMPSE_APPROVALS_FULL' });
    expect(await other.approvals.pending('digits')).toHaveLength(50);
    now = Date.parse(first.expiresAt) - 1;
    expect(await other.approvals.pending('digits')).toHaveLength(49);
    const late = other.approvals.decide('digits', first.id, { approve: true, by: ben });
    await expect(late).rejects.toMatchObject({ code: 'GLIMPSE_APPROVAL_NOT_FOUND' });
    await ask(52);
    await store.write('digits/approvals.json', Buffer.from('{}'));
    await expect(other.approvals.pending('digits')).rejects.toMatchObject({
      code: 'GLIMPSE_MANIFEST_INVALID',
    });
  });

  it('is nothing of a model that is not there', async () => {
    const none = { code: 'GLIMPSE_MODEL_NOT_FOUND' };
    await expect(rig.registry.approvals.pending('none')).rejects.toMatchObject(none);
    await expect(
      rig.registry.approvals.decide('none', 'x', { approve: true, by: ben }),
    ).rejects.toMatchObject(none);
  });
});
