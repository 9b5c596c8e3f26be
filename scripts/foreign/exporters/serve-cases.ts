import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../../src/package.ts';
import { run } from '../run.ts';
import { withServer } from '../server.ts';
import { compareScores, type ExportedCase, type Outcome } from './case.ts';

const program = join(packageRoot, 'dist', 'cli.js');

/** Names of models hold no dots. */
const modelOf = ({ name }: ExportedCase): string => name.replaceAll('.', '-');

/**
 * Publishes every case of a folder by the built program, which finds no Python nor anything else on its path, and asks a server
 * about those that must be served.
 */
export async function serveCases(
  cases: readonly ExportedCase[],
  folder: string,
): Promise<Outcome[]> {
  const env = {
    GLIMPSE_REPOSITORY: join(folder, 'models'),
    GLIMPSE_DATA_DIR: join(folder, 'data'),
  };
  const outcomes: Outcome[] = [];
  const published: ExportedCase[] = [];
  for (const one of cases) {
    const said = await publish(one, folder, env);
    const isRefused = said !== undefined;
    if (!isRefused) published.push(one);
    if (isRefused || one.refused !== undefined) outcomes.push(refusalOf(one, said));
  }
  const served = published.filter(({ refused }) => refused === undefined);
  const [first] = served;
  if (first === undefined) return outcomes;
  const settings = { ...env, GLIMPSE_PRELOAD: 'none', GLIMPSE_DEFAULT_MODEL: modelOf(first) };
  await withServer(async (url) => {
    for (const one of served) outcomes.push(compareScores(one, await askAll(one, folder, url)));
  }, settings);
  return outcomes.toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

/** What `glimpse publish` refuses it with; undefined when it is published. */
async function publish(
  one: ExportedCase,
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const golden = ['--golden', join(folder, `${one.name}-0.png`)];
  const said = ['publish', join(folder, one.file), '--model', modelOf(one), ...one.args, ...golden];
  try {
    await run(process.execPath, [program, ...said], { env: { ...env, PATH: folder } });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function refusalOf({ name, refused }: ExportedCase, said: string | undefined): Outcome {
  const isRight = refused !== undefined && said?.includes(refused) === true;
  const words = said ?? `was published, and must be refused: ${refused}`;
  return { name, isRight, words: words.replace(/^.* ended with \d+:\s*/, '').trim() };
}

/** The scores of each image, in the order of the labels. */
async function askAll(one: ExportedCase, folder: string, url: string): Promise<number[][]> {
  const rows: number[][] = [];
  for (let at = 0; at < one.images; at += 1) {
    const answer = await fetch(
      `${url}/models/${modelOf(one)}/versions/1/predict?topK=${one.labels.length}`,
      {
        method: 'POST',
        headers: { 'content-type': 'image/png' },
        body: await readFile(join(folder, `${one.name}-${at}.png`)),
      },
    );
    const body = (await answer.json()) as {
      predictions?: { top: { label: string; score: number }[] }[];
    };
    const top = body.predictions?.[0]?.top;
    if (!top) throw new Error(`${one.name}: ${answer.status} ${JSON.stringify(body)}`);
    rows.push(one.labels.map((name) => top.find(({ label }) => label === name)?.score ?? NaN));
  }
  return rows;
}
