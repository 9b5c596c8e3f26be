import assert from 'node:assert/strict';
import { join } from 'node:path';
import { packageRoot } from '../../../src/package.ts';
import { jsonOf, trainingMs, type Answered, type Flow } from './flow.ts';

const trained: Flow = {
  name: 'a dataset is looked at, a net is trained with live curves, and its figures are shown',
  async run(page, url) {
    await page.getByRole('link', { name: 'Train', exact: true }).click();
    await page.getByRole('button', { name: 'Look at it first' }).click();
    await page.getByText('It can be trained on.').waitFor({ timeout: trainingMs });
    await page.locator('img.sheet').waitFor();
    await page.getByText('Details').click();
    await page.getByLabel('Epochs').fill('4');
    await page.getByRole('button', { name: 'Start training' }).click();
    await page.locator('.progress').waitFor({ timeout: trainingMs });
    await page.getByText(': succeeded').waitFor({ timeout: trainingMs });
    assert.equal(await page.locator('.plot canvas').count(), 2);
    await page.locator('.cell.right').first().click();
    assert.match(await page.locator('p[role=status]').first().innerText(), /were answered rightly/);
    await page.locator('.cell.wrong').first().click();
    assert.match(await page.locator('p[role=status]').first().innerText(), /were taken for/);
    await page.getByRole('list', { name: 'Pictures of this cell' }).locator('li').first().waitFor();
    const worst = page.getByRole('list', { name: 'Worst mistakes' }).locator('.cut').first();
    assert.match((await worst.getAttribute('style')) ?? '', /background-image: url\("blob:/);
    await page.getByText('Log', { exact: true }).click();
    await page.getByText(/state: succeeded/).waitFor();
    const { models } = await jsonOf<Answered>(url, '/models');
    assert.equal(models[0]?.versions.length, 2);
  },
};

const cancelled: Flow = {
  name: 'a training is begun again with changes, and cancelled',
  async run(page) {
    await page.getByRole('link', { name: 'Train again with changes' }).click();
    await page.getByRole('heading', { name: /^Again, as/ }).waitFor();
    await page.getByText('Details').click();
    await page.getByLabel('Epochs').fill('9000');
    await page.getByRole('button', { name: 'Start training' }).click();
    await page.getByText(/epoch \d+ of 9000/).waitFor({ timeout: trainingMs });
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText(': cancelled').waitFor({ timeout: trainingMs });
    await page.getByRole('link', { name: 'Train', exact: true }).first().click();
    const ticks = page.getByRole('checkbox', { name: /Show the curve/ });
    await ticks.first().waitFor();
    for (const tick of await ticks.all()) if (await tick.isEnabled()) await tick.check();
    await page.locator('.plot canvas').waitFor();
    const firstRun = page.getByRole('region', { name: 'Runs, a table' }).locator('tbody tr');
    await page.getByRole('button', { name: 'Accuracy' }).click();
    assert.match(await firstRun.first().innerText(), /succeeded/);
    await page.getByRole('button', { name: 'Accuracy' }).click();
    assert.match(await firstRun.first().innerText(), /cancelled/);
    await page.getByText(/^About .*, by the last run of it here\.$/).waitFor();
    await page.getByLabel('Filter').fill('cancelled');
    // The legend of the chart has rows of its own.
    const rows = page.getByRole('region', { name: 'Runs, a table' }).locator('tbody tr');
    await rows.nth(1).waitFor({ state: 'detached' });
    assert.equal(await rows.count(), 1);
  },
};

const digits = (part: string): string =>
  join(packageRoot, 'samples', 'digits', `train-${part}-ubyte.gz`);

const uploaded: Flow = {
  name: 'files of this device are looked at, and learnt from',
  async run(page) {
    await page.getByRole('link', { name: 'Train', exact: true }).first().click();
    await page.getByLabel('What it learns from').selectOption('upload');
    await page
      .locator('input[type=file]')
      .setInputFiles([digits('images.idx3'), digits('labels.idx1')]);
    await page.getByRole('button', { name: 'Look at it first' }).click();
    await page.getByText('It can be trained on.').waitFor({ timeout: trainingMs });
    await page.getByText('Details').click();
    await page.getByLabel('Model', { exact: true }).fill('own');
    await page.getByLabel('Epochs').fill('2');
    await page.getByLabel('Most examples').fill('400');
    await page.getByRole('button', { name: 'Start training' }).click();
    await page.getByText(': succeeded').waitFor({ timeout: trainingMs });
    await page.getByText(/400 examples of 10 classes, read as idx/).waitFor();
    await page.getByRole('link', { name: 'See version 1' }).click();
    await page.getByRole('heading', { name: 'Version 1' }).waitFor();
  },
};

export const trainFlows: readonly Flow[] = [trained, cancelled, uploaded];
