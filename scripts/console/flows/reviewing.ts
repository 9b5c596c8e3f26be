import assert from 'node:assert/strict';
import { trainingMs, type Flow } from './flow.ts';

const reviewed: Flow = {
  name: 'doubtful pictures are labelled by a key each, and become a dataset that is trained on',
  async run(page) {
    const labels = 12;
    await page.getByRole('link', { name: 'Review' }).click();
    await page.getByRole('heading', { name: 'What is this?' }).waitFor();
    await page.locator('img.kept').waitFor();
    // As they were answered: two of them are one picture, which is left out with two labels.
    for (let times = 1; times <= labels; times += 1) {
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
    await page.getByText('Details').click();
    await page.getByLabel('Model', { exact: true }).fill('reviewed');
    await page.getByLabel('Epochs').fill('2');
    await page.getByRole('button', { name: 'Start training' }).click();
    await page.getByText(': succeeded').waitFor({ timeout: trainingMs });
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

export const reviewFlows: readonly Flow[] = [reviewed, watched];
