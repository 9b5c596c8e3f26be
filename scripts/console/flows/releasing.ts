import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../../src/package.ts';
import { jsonOf, sample, trainingMs, type Answered, type Flow } from './flow.ts';

const png = { 'content-type': 'image/png' };

/** Pictures that are hard enough for versions to disagree on, and for one to be doubted. */
async function askAboutPhotos(url: string): Promise<void> {
  const folder = join(packageRoot, 'samples', 'photos');
  for (const name of await readdir(folder)) {
    const form = new FormData();
    form.set('image', new Blob([await readFile(join(folder, name))]), name);
    assert.equal((await fetch(`${url}/predict`, { method: 'POST', body: form })).status, 200);
  }
}

const released: Flow = {
  name: 'versions are compared, one is promoted, and rolled back',
  async run(page, url) {
    await askAboutPhotos(url);
    await page.getByRole('link', { name: 'Models', exact: true }).first().click();
    await page
      .getByRole('link', { name: /digits/ })
      .first()
      .click();
    await page.getByRole('checkbox', { name: 'Compare version 1' }).check();
    await page.getByRole('checkbox', { name: 'Compare version 2' }).check();
    await page.getByRole('button', { name: 'Compare 1 and 2' }).click();
    await page.getByRole('heading', { name: 'Version 1 and version 2' }).waitFor();
    await page.locator('table.confusion').nth(1).waitFor();
    assert.equal(await page.locator('table.confusion').count(), 2);
    await page.getByRole('button', { name: 'Ask again' }).click();
    await page.getByText(/pictures were asked about/).waitFor({ timeout: trainingMs });
    const disagreed = page.getByRole('list', { name: 'Pictures on which they disagree' });
    await disagreed.locator('img.kept').first().waitFor();
    assert.match(await disagreed.locator('li').first().innerText(), /1: .+\n?.*2: .+/);
    await page.getByRole('link', { name: 'digits' }).click();
    const before = await production(url);
    const other = before === 1 ? 2 : 1;
    await page.getByLabel('Instead, version').selectOption(String(other));
    await page.getByLabel(/^Why/).fill('tried in the console');
    await page.getByRole('button', { name: `Promote version ${other}` }).click();
    await page.getByText(`Version ${other} answers for production.`).first().waitFor();
    assert.equal(await production(url), other);
    await page.getByText('tried in the console').first().waitFor();
    await page.getByRole('button', { name: 'Roll back' }).click();
    await page.getByText(`Rolled back from version ${other} to version ${before}.`).waitFor();
    assert.equal(await production(url), before);
  },
};

const canary: Flow = {
  name: 'a canary is started, shown with its evidence, and taken back',
  async run(page, url) {
    const { labels } = await jsonOf<Answered>(url, '/models/digits');
    await page.getByRole('button', { name: /^Canary/ }).click();
    await page.getByText(/as a canary for 10 % of the callers/).waitFor();
    const { canaryState } = await jsonOf<Answered>(url, '/models/digits/traffic');
    assert.equal(canaryState.state, 'running');
    const figures = page.getByRole('region', { name: 'Figures of the canary, a table' });
    await figures.waitFor();
    const image = await readFile(sample('5'));
    for (let call = 0; call < 40; call += 1) {
      const answered = await fetch(`${url}/predict`, { method: 'POST', body: image, headers: png });
      assert.equal(answered.status, 200);
    }
    await page.getByText(/^Of \d+ pictures that both have seen, they disagree on/).waitFor();
    const row = figures.getByRole('row', { name: /^Requests/ });
    // The page asks every five seconds, and may have done so in the middle.
    for (let looks = 0, seen = 0; seen < 40; looks += 1) {
      const counts = (await row.getByRole('cell').allInnerTexts()).map(Number);
      seen = counts.reduce((sum, each) => sum + each, 0);
      assert.ok(seen <= 40 && looks < 100, `${seen} requests are told of 40`);
      await page.waitForTimeout(200);
    }
    await figures.getByText(`Version ${labels.production}`).waitFor();
    await page.getByText(/^Too little to judge by: \d+ of 100 requests\.$/).waitFor();
    await page.getByRole('button', { name: 'Roll back' }).click();
    await page.getByText(/Production is not split any more/).waitFor();
  },
};

const described: Flow = {
  name: 'the model card of a version is saved as a page and as Markdown',
  async run(page) {
    await page.getByRole('region', { name: 'Versions, a table' }).getByRole('link').first().click();
    await page.getByRole('heading', { name: 'Model card' }).waitFor();
    for (const [button, begins] of [
      ['Save as a page', /^<!doctype html>/i],
      ['Save as Markdown', /^# /],
    ] as const) {
      const saving = page.waitForEvent('download');
      await page.getByRole('button', { name: button }).click();
      const text = await readFile(await (await saving).path(), 'utf8');
      assert.match(text, begins);
      for (const part of [/accuracy/i, /preprocessing/i, /limit/i, /again/i])
        assert.match(text, part);
    }
  },
};

export const releaseFlows: readonly Flow[] = [released, canary, described];

async function production(url: string): Promise<number> {
  return (await jsonOf<Answered>(url, '/models/digits')).labels.production;
}
