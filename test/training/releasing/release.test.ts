import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { judgeAsked } from '../../../src/training/releasing/judgement.ts';
import { carryOut } from '../../../src/training/releasing/carry-out.ts';
import { aDraft } from '../../support/drafts.ts';
import { bars, tinyWorkshop } from '../tiny-run.ts';

describe('a version that was just trained', () => {
  let workshop: Awaited<ReturnType<typeof tinyWorkshop>>;
  beforeEach(async () => {
    // With a hundred validation examples no nets are trained beside to choose thresholds by.
    workshop = await tinyWorkshop(bars(400), { validationSplit: 0.25 });
  });
  const labels = async () => {
    const found = await workshop.repository.labels('bars');
    return typeof found === 'object' ? found.labels : {};
  };
  const recordOf = (version: number) => workshop.repository.releases.record('bars', version);

  it('gets the label production as the first of its model, and as the next when it is not worse', async () => {
    const first = await workshop.run();
    expect(first.release).toEqual({
      decision: 'promoted',
      reason: 'It is the first version of its model.',
    });
    expect(await labels()).toEqual({ latest: 1, production: 1 });
    const second = await workshop.run({ epochs: 9 });
    expect(await labels()).toEqual({ latest: 2, production: 2 });
    expect(second.release).toMatchObject({ decision: 'promoted', present: 1 });
    expect(second.notes).toEqual([]);
    const record = await recordOf(2);
    expect(record).toMatchObject({ model: 'bars', version: 2, rule: 'if-better', present: 1 });
    expect(record!.checks.map(({ name, passed }) => [name, passed])).toEqual([
      ['same-classes', true],
      ['unseen-examples', true],
      ['golden-samples', true],
    ]);
    const [compared, ...others] = record!.comparisons;
    expect(others).toEqual([]);
    expect(compared).toMatchObject({
      dataset: 'the dataset set aside before training',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      examples: 40,
    });
    expect(compared!.present.accuracy).toBeCloseTo(first.metrics.accuracy!, 1);
    const difference = compared!.candidate.accuracy - compared!.present.accuracy;
    expect((compared!.gained - compared!.lost) / 40).toBeCloseTo(difference, 12);
  });

  it('runs where the present version may run when it is compared with it: both in this process, or both in cells', async () => {
    await workshop.run({ epochs: 1 });
    const { trust, loadRuntime } = workshop.parts;
    const opened: [number, boolean][] = [];
    const spied: typeof loadRuntime = async (request) => {
      opened.push([request.version, request.isTrusted]);
      return loadRuntime(request);
    };
    for (const isTrusted of [true, false]) {
      const own = { ...trust, isTrusted: async () => isTrusted };
      const changes = { loadRuntime: spied, trust: own };
      await workshop.run({ epochs: 1, publish: { promote: { margin: 1 } } }, changes);
      const { version } = (await recordOf(isTrusted ? 2 : 3))!;
      const places = [
        [version - 1, isTrusted],
        [0, isTrusted],
      ];
      expect(opened.splice(0)).toEqual(places);
    }
  });

  it('is kept when what the model was first measured on is not the same any more', async () => {
    await workshop.run({ epochs: 8 });
    await writeFile(join(workshop.folder, 'other.csv'), bars(300, 5));
    const csv = join(workshop.folder, 'bars.csv');
    const changed = (await readFile(csv, 'utf8')).replace(/,(\d+)\n/, ',255\n');
    await writeFile(csv, changed);
    const { release } = await workshop.run({ epochs: 8, dataset: { uri: 'other.csv' } });
    expect(release).toMatchObject({
      decision: 'kept',
      reason: expect.stringContaining('are not those that were measured on before'),
    });
  });

  it('is kept when it is worse, answers by its number, and its job says why', async () => {
    await workshop.run({ epochs: 20 });
    const { release, notes } = await workshop.run({
      epochs: 1,
      optimizer: { name: 'sgd', learningRate: 1e-6 },
    });
    expect(release).toMatchObject({ decision: 'kept', present: 1 });
    expect(await labels()).toEqual({ latest: 2, production: 1 });
    expect(notes.at(-1)).toMatch(
      /^The label "production" stays on version 1\. .*Version 2 answers by its number.*PUT \/models\/bars\/labels\/production with {"version": 2}\.$/,
    );
    expect((await recordOf(2))!.reason).toBe(release!.reason);
  });

  it('is kept when it knows other classes than the version that answers', async () => {
    await workshop.run({ epochs: 1 });
    const renamed = bars(400).replaceAll('flat', 'lying');
    await writeFile(join(workshop.folder, 'renamed.csv'), renamed);
    const dataset = { uri: 'renamed.csv' };
    const { release } = await workshop.run({ dataset, epochs: 8 });
    expect(release).toEqual({
      decision: 'kept',
      present: 1,
      reason:
        'Its classes are not those of version 1: it does not know "flat", and it has "lying" besides.',
    });
    const rule = { classes: { flat: 'lying' } };
    const mapped = await workshop.run({ dataset, epochs: 8, publish: { promote: rule } });
    expect(mapped.release).toMatchObject({ decision: 'promoted' });
    expect((await recordOf(3))!.comparisons[0]!.examples).toBeGreaterThanOrEqual(30);
  });

  it('is kept when it was measured on nothing that it had not seen', async () => {
    await workshop.run({ epochs: 1 });
    const { release } = await workshop.run({ testSplit: 0, publish: { promote: 'always' } });
    expect(release).toMatchObject({
      decision: 'kept',
      reason: expect.stringMatching(/^It was measured on validation examples.* only\.$/),
    });
  });

  it('follows the policy of its model, and what its own request says before that', async () => {
    await workshop.run({ epochs: 1 });
    await workshop.repository.releases.setPolicy('bars', { promote: 'never' });
    expect((await workshop.run()).release).toMatchObject({ decision: 'kept' });
    expect((await recordOf(2))!.checks).toEqual([]);
    const asked = await workshop.run({ publish: { promote: 'if-better' } });
    expect(asked.release).toMatchObject({ decision: 'promoted' });
    expect(await labels()).toEqual({ latest: 3, production: 3 });
    const byLabel = await workshop.run({ epochs: 1, publish: { label: 'production' } });
    expect(byLabel.release).toEqual({
      decision: 'promoted',
      present: 3,
      reason: 'The request asked for the label "production".',
    });
    expect(await labels()).toEqual({ latest: 4, production: 4 });
    expect(byLabel.notes.filter((note) => note.includes('production'))).toEqual([]);
  });

  it('never answers because it is newer: the one that did so without a label gets it first', async () => {
    await workshop.repository.publish(aDraft({ model: 'bars' }));
    const { release } = await workshop.run({ epochs: 1 });
    expect(release).toMatchObject({ decision: 'kept', present: 1 });
    expect(await labels()).toEqual({ latest: 2, production: 1 });
  });

  it('is kept when the version that production names cannot be read', async () => {
    await workshop.run({ epochs: 1 });
    await writeFile(join(workshop.folder, 'models/bars/1/manifest.json'), 'no JSON');
    const { release } = await workshop.run();
    expect(release).toEqual({
      decision: 'kept',
      present: 1,
      reason:
        'Version 1, which the label production names, cannot be read, so that there is nothing to compare with.',
    });
  });

  it('is kept, and not lost, when the policy of its model cannot be read, until somebody writes another', async () => {
    await workshop.run({ epochs: 1 });
    await writeFile(join(workshop.folder, 'models/bars/policy.json'), '{"promote": "allways"}');
    const { version, release } = await workshop.run({ epochs: 1 });
    expect({ version, release }).toMatchObject({ version: 2, release: { decision: 'kept' } });
    expect(release!.reason).toMatch(/^The manifest of bars\/policy\.json is not valid: /);
    const { releases } = workshop.repository;
    await releases.setPolicy('bars', { promote: 'if-better' });
    expect((await releases.policy('bars')).policy).toEqual({ promote: 'if-better' });
    await writeFile(join(workshop.folder, 'models/bars/policy.json'), 'no JSON');
    await releases.setPolicy('bars', { promote: 'never' });
    expect((await releases.policy('bars')).policy).toEqual({ promote: 'never' });
  });

  it('is compared on what the model was first measured on, and on its own examples', async () => {
    await writeFile(join(workshop.folder, 'held.csv'), bars(90, 7));
    await writeFile(join(workshop.folder, 'later.csv'), bars(400, 3) + bars(30, 7));
    await workshop.run({ evaluation: { uri: 'held.csv' } });
    const later = { dataset: { uri: 'later.csv' }, epochs: 9 };
    const second = await workshop.run(later);
    expect(second.release).toMatchObject({ decision: 'promoted' });
    const compared = (await recordOf(2))!.comparisons.map(({ dataset, examples }) => [
      dataset,
      examples,
    ]);
    // Thirty of the ninety are in what it has learnt from, but for those that it has set aside.
    expect(compared[0]![0]).toBe('held.csv');
    expect(compared[0]![1]).toBeGreaterThanOrEqual(60);
    expect(compared[0]![1]).toBeLessThan(75);
    expect(compared[1]![0]).toBe('the dataset set aside before training');
    const { lineage } = await workshop.repository.manifest('bars', 2);
    expect(lineage.dataset).toMatchObject({ reference: { dataset: { uri: 'held.csv' } } });
    await rm(join(workshop.folder, 'held.csv'));
    const third = await workshop.run({ ...later, epochs: 10 });
    expect(third.release).toMatchObject({
      decision: 'kept',
      present: 2,
      reason: expect.stringMatching(
        /^It could not be compared with version 2: the model has been measured on held\.csv, which cannot be read here: There is no/,
      ),
    });
  });

  it('is compared by what each of the two makes of an image', async () => {
    await workshop.run({ preprocessing: { mean: [0.5], std: [0.25] } });
    const { release } = await workshop.run({ epochs: 9, preprocessing: { mean: [0], std: [1] } });
    expect(release).toMatchObject({ decision: 'promoted' });
    const [compared] = (await recordOf(2))!.comparisons;
    expect(compared!.present.accuracy).toBeGreaterThan(0.8);
  });

  it('is no match for itself when its run died after publishing it, and is resumed', async () => {
    const { repository } = workshop;
    const asJob = { job: 'one' };
    await workshop.run({ testSplit: 0, publish: { label: 'trial' } }, asJob);
    // What a run leaves that died between publishing and recording.
    await rm(join(workshop.folder, 'models/bars/1/release.json'));
    await repository.setLabel({ model: 'bars', label: 'production', version: null });
    const first = await workshop.run({ testSplit: 0, publish: { label: 'trial' } }, asJob);
    expect(first).toMatchObject({ version: 1, release: { decision: 'promoted' } });
    expect(first.release!.reason).toBe('It is the first version of its model.');
    expect(first.notes.filter((note) => note.includes('production'))).toEqual([]);
    expect(await labels()).toEqual({ latest: 1, production: 1, trial: 1 });
    await rm(join(workshop.folder, 'models/bars/1/release.json'));
    const again = await workshop.run({ testSplit: 0, publish: { label: 'trial' } }, asJob);
    expect(again).toMatchObject({ version: 1, release: { decision: 'promoted' } });
    expect(again.release!.reason).toMatch(/named it when its run was resumed/);
  });

  it('is compared on the dataset that a rule names', async () => {
    await workshop.run();
    await writeFile(join(workshop.folder, 'judge.csv'), bars(60, 9));
    const promote = { dataset: 'judge.csv', floors: { accuracy: 0.5 } };
    const { release } = await workshop.run({ epochs: 9, publish: { promote } });
    expect(release).toMatchObject({ decision: 'promoted' });
    expect((await recordOf(2))!.comparisons).toMatchObject([
      { dataset: 'judge.csv', examples: 60 },
    ]);
  });

  it('stays where somebody else has moved the label meanwhile, and keeps what was recorded first', async () => {
    const { repository } = workshop;
    for (const _ of [1, 2, 3]) await repository.publish(aDraft({ model: 'bars' }));
    await repository.setLabel({ model: 'bars', label: 'production', version: 1 });
    const { signal } = new AbortController();
    const by = { kind: 'job', id: 'j1' } as const;
    const asked = await judgeAsked('bars', { repository, signal });
    const judgement = { ...asked, rule: 'if-better', reason: 'It is not worse.' } as const;
    await repository.setLabel({ model: 'bars', label: 'production', version: 2 });
    const { record, note } = await carryOut(
      repository,
      { model: 'bars', version: 3 },
      judgement,
      by,
      signal,
    );
    expect(note).toMatch(/^The label "production" was moved from version 1 by somebody else/);
    expect(await labels()).toEqual({ latest: 3, production: 2 });
    // A run that died after it had moved the label finds it there.
    await repository.setLabel({ model: 'bars', label: 'production', version: 3 });
    const resumed = await carryOut(
      repository,
      { model: 'bars', version: 3 },
      judgement,
      by,
      signal,
    );
    expect(resumed).toEqual({ record, note: undefined });
    const { entries } = await repository.history.page('bars');
    expect(entries.map(({ from, to }) => [from, to])).toEqual([
      [2, 3],
      [1, 2],
      [null, 1],
    ]);
    const again = { ...judgement, decision: 'kept', reason: 'Another one.' } as const;
    const repeated = await carryOut(repository, { model: 'bars', version: 3 }, again, by, signal);
    expect(repeated.record).toEqual(record);
  });
});
