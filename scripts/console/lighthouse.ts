import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../foreign/run.ts';
import { npmPackages } from '../foreign/tools.ts';

const wanted = ['performance', 'accessibility', 'best-practices'] as const;
const least = 95;

/** A run on a machine that does other things says less than the page deserves, so the middle of three counts. */
const runs = 3;

/** What Lighthouse says of the page, by name; throws where one figure is too low. MissingTool where it cannot be fetched. */
export async function scoresOf(url: string, chromium: string): Promise<Record<string, number>> {
  const packages = await npmPackages('lighthouse@13.5.0');
  const program = join(packages, 'node_modules', 'lighthouse', 'cli', 'index.js');
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-lighthouse-'));
  try {
    const reports: { categories: Record<string, { score: number }> }[] = [];
    for (let turn = 0; turn < runs; turn += 1) {
      const report = join(folder, `${turn}.json`);
      await run(
        process.execPath,
        [
          program,
          `${url}/console/`,
          '--quiet',
          '--output=json',
          `--output-path=${report}`,
          `--only-categories=${wanted.join()}`,
          '--chrome-flags=--headless=new --no-sandbox',
        ],
        { env: { CHROME_PATH: chromium } },
      );
      reports.push(JSON.parse(await readFile(report, 'utf8')));
    }
    const scores = Object.fromEntries(
      wanted.map((name) => {
        const found = reports.map(({ categories }) => Math.round(categories[name]!.score * 100));
        return [name, found.toSorted((x, y) => x - y)[runs >> 1]!];
      }),
    );
    const low = Object.entries(scores).filter(([, score]) => score < least);
    if (low.length > 0) throw new Error(`Lighthouse: ${JSON.stringify(scores)}, wanted ${least}`);
    return scores;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
