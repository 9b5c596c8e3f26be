import type { Page } from 'playwright-core';
import { draw, jsonOf, seven } from './flows/flow.ts';

/** A page of the console, in the state in which it is looked at. */
interface View {
  readonly name: string;
  readonly path: string;
  readonly prepare?: (page: Page) => Promise<void>;
}

const views: readonly View[] = [
  { name: 'try', path: 'try' },
  {
    name: 'try-answered',
    path: 'try?answered',
    async prepare(page) {
      await draw(page, seven);
      await page.locator('.said .class').waitFor();
    },
  },
  { name: 'models', path: 'models' },
  { name: 'model', path: 'models/digits' },
  { name: 'version', path: 'models/digits/versions/1' },
  { name: 'train', path: 'train' },
  {
    name: 'train-search',
    path: 'train?search',
    async prepare(page) {
      await page.getByRole('button', { name: 'Search for settings' }).click();
    },
  },
  { name: 'review', path: 'review' },
  {
    name: 'live',
    path: 'live',
    async prepare(page) {
      await page.waitForTimeout(3500);
    },
  },
];

/** All views that a server has something for: of a comparison, a run and a search only where there are some. */
export async function viewsOf(url: string): Promise<View[]> {
  const [{ versions }, { jobs }, { searches }] = await Promise.all([
    jsonOf<{ versions: readonly unknown[] }>(url, '/models/digits'),
    jsonOf<{ jobs: readonly Job[] }>(url, '/train'),
    jsonOf<{ searches: readonly Job[] }>(url, '/searches'),
  ]);
  const run = jobs.find(({ kind, state }) => kind === 'train' && state === 'succeeded');
  const search = searches.find(({ state }) => state === 'succeeded');
  return [
    ...views,
    ...(versions.length > 1
      ? [{ name: 'comparison', path: 'models/digits/compare/1/2', prepare: compared }]
      : []),
    ...(run ? [{ name: 'run', path: `train/${run.id}`, prepare: cellOpened }] : []),
    ...(search ? [{ name: 'search', path: `train/searches/${search.id}` }] : []),
  ];
}

async function compared(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Ask again' }).click();
  await page.getByText(/pictures were asked about/).waitFor();
}

async function cellOpened(page: Page): Promise<void> {
  await page.locator('.cell.wrong').first().click();
}

interface Job {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
}
