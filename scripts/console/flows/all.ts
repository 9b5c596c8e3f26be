import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { packageRoot } from '../../src/package.ts';

export interface Flow {
  readonly name: string;
  run(page: Page, url: string): Promise<void>;
}

const sample = (name: string): string => join(packageRoot, 'samples', 'golden', `${name}.png`);
/** A training on a machine that does other things as well. */
const trainingMs = 180_000;

async function draw(page: Page, points: readonly (readonly [number, number])[]): Promise<void> {
  const { x, y, width, height } = (await page.locator('canvas').boundingBox())!;
  const at = ([left, top]: readonly [number, number]) =>
    [x + left * width, y + top * height] as const;
  await page.mouse.move(...at(points[0]!));
  await page.mouse.down();
  for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps: 12 });
  await page.mouse.up();
}

const seven = [
  [0.28, 0.22],
  [0.7, 0.22],
  [0.45, 0.8],
] as const;

const drawn: Flow = {
  name: 'a seven that is drawn is answered, with scores and code',
  async run(page) {
    await page.getByRole('link', { name: 'Try' }).click();
    await draw(page, seven);
    await page.locator('.said .class').waitFor();
    assert.equal(await page.locator('.said .class').innerText(), '7');
    assert.equal(await page.locator('.bars li').count(), 5);
    const saw = page.getByRole('img', { name: 'What the model saw, 28 by 28 pixels' });
    await saw.waitFor();
    assert.equal(await page.evaluate("document.querySelector('.saw img').naturalWidth"), 28);
    assert.match(await page.locator('.code').first().innerText(), /curl -F image=@drawing\.png/);
    await page.getByRole('button', { name: 'Wipe' }).click();
    await page.getByText('Nothing drawn yet.').waitFor();
  },
};

const chosen: Flow = {
  name: 'pictures are chosen by keyboard alone, and asked of two versions',
  async run(page) {
    await page.getByRole('button', { name: 'Files' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('input[type=file]').setInputFiles([sample('3'), sample('8')]);
    await page.getByLabel('and beside it').selectOption({ label: 'digits, version 1' });
    await page.locator('.said .class').nth(3).waitFor();
    const answers = await page.locator('.said .class').allInnerTexts();
    assert.deepEqual(answers, ['3', '3', '8', '8']);
  },
};

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
    const { models } = await json(url, '/models');
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
    await page.getByLabel('Filter').fill('cancelled');
    // The legend of the chart has rows of its own.
    const rows = page.getByRole('region', { name: 'Runs, a table' }).locator('tbody tr');
    await rows.nth(1).waitFor({ state: 'detached' });
    assert.equal(await rows.count(), 1);
  },
};

const released: Flow = {
  name: 'versions are compared, one is promoted, and rolled back',
  async run(page, url) {
    await page.getByRole('link', { name: 'Models' }).click();
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
  name: 'a canary is started, and taken back',
  async run(page, url) {
    await page.getByRole('button', { name: /^Canary/ }).click();
    await page.getByText(/as a canary for 10 % of the callers/).waitFor();
    const { canaryState } = await json(url, '/models/digits/traffic');
    assert.equal(canaryState.state, 'running');
    await page.getByRole('button', { name: 'Roll back' }).click();
    await page.getByText(/Production is not split any more/).waitFor();
  },
};

const reviewed: Flow = {
  name: 'doubtful pictures are labelled by a key each, and become a dataset',
  async run(page) {
    await page.getByRole('link', { name: 'Review' }).click();
    await page.getByRole('heading', { name: 'What is this?' }).waitFor();
    await page.locator('img.kept').waitFor();
    // As they were answered: two of them are one picture, which is left out with two labels.
    for (let times = 1; times <= 4; times += 1) {
      const key = (await page.locator('.said .class').first().textContent()) ?? '';
      await page.getByRole('button', { name: key, exact: true }).waitFor();
      await page.keyboard.press(key);
      await page.getByText(`Labelled now: ${times}`).waitFor();
    }
    await page.getByRole('button', { name: 'Make a dataset of them' }).click();
    const link = page.getByRole('link', { name: 'Train on them' });
    await link.waitFor({ timeout: 60_000 });
    await link.click();
    const source = page.getByLabel('What it learns from');
    await page.locator('option[value="dataset:digits-reviewed"]').waitFor({ state: 'attached' });
    assert.equal(await source.inputValue(), 'dataset:digits-reviewed');
  },
};

const watched: Flow = {
  name: 'what the server does is shown live',
  async run(page, url) {
    await page.getByRole('link', { name: 'Live' }).click();
    await page.getByText('Calls a second').waitFor();
    for (let call = 0; call < 5; call += 1)
      await fetch(`${url}/predict`, { method: 'POST', body: 'x' });
    await page.locator('.plot canvas').first().waitFor({ timeout: 30_000 });
    assert.equal(await page.locator('.plot canvas').count(), 2);
  },
};

export const flows: readonly Flow[] = [
  drawn,
  chosen,
  trained,
  cancelled,
  released,
  canary,
  reviewed,
  watched,
];

/** What of the answers is looked at. */
interface Answered {
  readonly models: readonly { readonly versions: readonly unknown[] }[];
  readonly canaryState: { readonly state: string };
  readonly labels: { readonly production: number };
}

async function json(url: string, path: string): Promise<Answered> {
  const answered: Answered = JSON.parse(await (await fetch(`${url}${path}`)).text());
  return answered;
}

async function production(url: string): Promise<number> {
  return (await json(url, '/models/digits')).labels.production;
}
