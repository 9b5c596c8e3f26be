import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { packageRoot } from '../../../src/package.ts';

/** What somebody does in the console, from wherever the page is when it begins. */
export interface Flow {
  readonly name: string;
  run(page: Page, url: string): Promise<void>;
}

/** A training on a machine that does other things as well. */
export const trainingMs = 180_000;

/** What the server itself answers; its shape is what the flow looks at of it. */
export async function jsonOf<Shape>(url: string, path: string): Promise<Shape> {
  return JSON.parse(await (await fetch(`${url}${path}`)).text());
}

/** A digit, with the pen, on whichever page has the pad. */
export async function draw(
  page: Page,
  points: readonly (readonly [number, number])[],
): Promise<void> {
  const { x, y, width, height } = (await page.locator('canvas').boundingBox())!;
  const at = ([left, top]: readonly [number, number]) =>
    [x + left * width, y + top * height] as const;
  await page.mouse.move(...at(points[0]!));
  await page.mouse.down();
  for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps: 12 });
  await page.mouse.up();
}

export const seven = [
  [0.28, 0.22],
  [0.7, 0.22],
  [0.45, 0.8],
] as const;

export const sample = (name: string): string =>
  join(packageRoot, 'samples', 'golden', `${name}.png`);

/** What of the answers is looked at. */
export interface Answered {
  readonly models: readonly { readonly versions: readonly unknown[] }[];
  readonly canaryState: { readonly state: string };
  readonly labels: { readonly production: number };
}
