import assert from 'node:assert/strict';
import type { Flow } from './flow.ts';
import { jsonOf, trainingMs } from './flow.ts';

const searched: Flow = {
  name: 'settings are searched for: ranges, a plot and a table of the trials, and the best published',
  async run(page, url) {
    await page.getByRole('link', { name: 'Train', exact: true }).first().click();
    await page.getByRole('button', { name: 'Search for settings' }).click();
    await page.getByText('Details').click();
    await page.getByLabel('Epochs', { exact: true }).fill('3');
    await page.getByRole('spinbutton', { name: 'From' }).fill('0.001');
    await page.getByRole('textbox', { name: 'Values' }).fill('32, 64');
    await page.getByRole('button', { name: 'Vary another setting' }).click();
    await page
      .getByRole('combobox', { name: 'Setting' })
      .last()
      .selectOption({ label: 'Label smoothing' });
    await page.getByRole('spinbutton', { name: 'Trials' }).fill('4');
    await page.getByLabel('Minutes at most').fill('10');
    await page.getByRole('button', { name: 'Start search' }).click();
    await page.getByRole('heading', { name: /^Search / }).waitFor();
    await page.getByText(/of 4 trials done/).waitFor({ timeout: trainingMs });
    await page.getByText(/: succeeded/).waitFor({ timeout: trainingMs });
    const [search] = (await jsonOf<{ searches: readonly Searched[] }>(url, '/searches')).searches;
    assert.deepEqual(search?.request.ranges, {
      'optimizer.learningRate': { type: 'log-uniform', from: 0.001, to: 0.02 },
      batchSize: { type: 'choice', values: [32, 64] },
      labelSmoothing: { type: 'uniform', from: 0, to: 0.2 },
    });
    assert.equal(search.request.maxSeconds, 600);
    await page.getByRole('heading', { name: `The best: trial ${search.winner?.trial}` }).waitFor();
    assert.equal(await page.locator('path.trial').count(), 4);
    const rows = page.getByRole('region', { name: 'Trials, a table' }).locator('tbody tr');
    assert.equal(await rows.count(), 4);
    assert.match(await rows.first().innerText(), /best/);
    const rates = search.trials.map(({ parameters }) => parameters['optimizer.learningRate'] ?? 0);
    await page.getByRole('button', { name: 'Learning rate' }).click();
    const first = await rows.first().locator('td').first().innerText();
    assert.equal(Number(first), Number(Math.max(...rates).toPrecision(3)));
    await rows.first().hover();
    await page.locator('path.trial.shown').waitFor();
    await page.getByRole('link', { name: /^See version/ }).click();
    await page.getByRole('heading', { name: `Version ${search.winner?.version}` }).waitFor();
  },
};

const searchCancelled: Flow = {
  name: 'a search is cancelled, and the list tells of both; a trial has its curves',
  async run(page) {
    await page.getByRole('link', { name: 'Train', exact: true }).first().click();
    await page.getByRole('button', { name: 'Search for settings' }).click();
    await page.getByText('Details').click();
    await page.getByLabel('Epochs', { exact: true }).fill('9000');
    await page.getByRole('button', { name: 'Start search' }).click();
    await page.getByText(/trial 1 learns for 9000 epochs/).waitFor({ timeout: trainingMs });
    await page.getByRole('link', { name: 'Trial 1', exact: true }).click();
    await page.getByText(/epoch \d+ of 9000/).waitFor({ timeout: trainingMs });
    await page.locator('.plot canvas').first().waitFor({ timeout: trainingMs });
    await page.getByRole('link', { name: 'Search', exact: true }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText(': cancelled').waitFor({ timeout: trainingMs });
    await page.getByRole('link', { name: 'Train', exact: true }).first().click();
    const rows = page.getByRole('region', { name: 'Searches, a table' }).locator('tbody tr');
    await rows.nth(1).waitFor();
    assert.match(await rows.first().innerText(), /Learning rate, Batch size\s+cancelled/);
    assert.match(await rows.nth(1).innerText(), /succeeded\s+4 of 4/);
  },
};

export const searchFlows: readonly Flow[] = [searched, searchCancelled];

interface Searched {
  readonly request: { readonly ranges: object; readonly maxSeconds: number };
  readonly trials: readonly { readonly parameters: Readonly<Record<string, number>> }[];
  readonly winner?: { readonly trial: number; readonly version: number };
}
