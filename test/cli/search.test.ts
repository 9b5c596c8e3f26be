import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { command } from '../../src/cli/search/search.ts';
import { defineCommand } from '../../src/cli/command.ts';
import {
  searchOptions,
  searchRequestOf,
  type SearchGiven,
} from '../../src/cli/search/search-options.ts';
import { trainArguments } from '../../src/cli/train/train-options.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { bars } from '../training/tiny-run.ts';

const layers = '{"layers": [{"type": "flatten"}, {"type": "dense"}]}';
const quick = ['--model', 'bars', '--epochs', '2', '--batch-size', '16', '--architecture', layers];

async function workshop() {
  const folder = await temporaryFolder();
  const file = join(folder, 'bars.csv');
  await writeFile(file, bars(90));
  const env = {
    GLIMPSE_REPOSITORY: join(folder, 'models'),
    GLIMPSE_MNIST_DIR: join(folder, 'none'),
  };
  const search = (...args: string[]) => runCommand(command, [file, ...args], env);
  return { search };
}

/** What words behind `glimpse search` ask for. */
async function requestOf(...words: string[]) {
  let request: unknown;
  const asking = defineCommand({
    name: 'search',
    description: '',
    arguments: trainArguments,
    options: searchOptions,
    async run(given: SearchGiven) {
      request = searchRequestOf(given);
      return 0;
    },
  });
  const { code, stderr } = await runCommand(asking, words);
  return code === 0 ? request : stderr;
}

describe('glimpse search', () => {
  it('tries values here, tells of each trial, and publishes a training by the best', async () => {
    const { search } = await workshop();
    const vary = ['--vary', 'optimizer.learningRate=log:0.001..0.1', '--trials', '2'];
    const { code, stdout, stderr } = await search(...quick, ...vary);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(
      stderr.match(/^trial \d {2}2 epochs {2}validation .* optimizer\.learningRate /gm),
    ).toHaveLength(2);
    expect(stdout).toMatch(/^trial [12] is the best: optimizer.learningRate 0\.\d+$/m);
    expect(stdout).toMatch(/^bars version 1: accuracy /m);
    const refused = await search(...quick, '--vary', 'batchSize=int:0..8');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('GLIMPSE_SEARCH_RANGE_INVALID');
  });

  it('only tells the best where nothing else is wanted, as JSON too', async () => {
    const { search } = await workshop();
    const words = ['--vary', 'batchSize=8,16', '--report-only', '--json', '--max-seconds', '60'];
    const { code, stdout } = await search(...quick, ...words);
    expect(code).toBe(0);
    const found = JSON.parse(stdout) as Record<string, unknown>;
    expect(found).toMatchObject({
      winner: { parameters: { batchSize: expect.any(Number) as number } },
    });
    expect(found).not.toHaveProperty('trained');
  });

  it('reads ranges as they are written', async () => {
    const vary = [
      'l2=0..1e-3',
      'epochs=int:1..9',
      'optimizer.learningRate=log:1e-4..0.1',
      'architecture=dense,cnn',
      'batchSize=16,32',
      'schedule=["constant",{"name":"cosine"}]',
    ].flatMap((range) => ['--vary', range]);
    expect(await requestOf('mnist:', ...vary, '--seed', '7', '--method', 'random')).toEqual({
      train: { dataset: { uri: 'mnist:' }, seed: 7 },
      method: 'random',
      ranges: {
        l2: { type: 'uniform', from: 0, to: 0.001 },
        epochs: { type: 'integer', from: 1, to: 9 },
        'optimizer.learningRate': { type: 'log-uniform', from: 0.0001, to: 0.1 },
        architecture: { type: 'choice', values: ['dense', 'cnn'] },
        batchSize: { type: 'choice', values: [16, 32] },
        schedule: { type: 'choice', values: ['constant', { name: 'cosine' }] },
      },
    });
  });

  it.each([
    [[], 'Nothing is to be varied'],
    [['--vary', 'l2'], 'takes NAME=RANGE, not "l2"'],
    [['--vary', 'l2=0..1', '--vary', 'l2=0..2'], 'says twice where l2 lies'],
    [['--vary', 'schedule=[constant]'], 'takes JSON in brackets'],
  ])('is wrong use with %j', async (words, sentence) => {
    expect(await requestOf(...words)).toContain(sentence);
  });
});
