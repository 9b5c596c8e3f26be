import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defineCommand } from '../../src/cli/command.ts';
import { trainArguments, trainOptions, trainRequestOf } from '../../src/cli/train/train-options.ts';
import { command } from '../../src/cli/train.ts';
import { createTrainProgress } from '../../src/cli/train/train-progress.ts';
import { runCli } from '../support/cli.ts';
import { runCommand } from '../support/run-command.ts';
import { compiled } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { epochEvent } from '../jobs/puppet-trainer.ts';
import { bars } from '../training/tiny-run.ts';

const layers = JSON.stringify({
  layers: [
    { type: 'flatten' },
    { type: 'dense', units: 16, activation: 'relu' },
    { type: 'dense' },
  ],
});
const quick = ['--model', 'bars', '--epochs', '5', '--batch-size', '16', '--architecture', layers];

async function workshop() {
  const folder = await temporaryFolder();
  const file = join(folder, 'bars.csv');
  await writeFile(file, bars(90));
  const env = {
    GLIMPSE_REPOSITORY: join(folder, 'models'),
    GLIMPSE_MNIST_DIR: join(folder, 'none'),
  };
  const train = (...args: string[]) => runCommand(command, args, env);
  return { env, folder, file, train };
}

describe('glimpse train', () => {
  it('trains a file of this machine, tells every epoch on stderr and the outcome on stdout', async () => {
    const { env, folder } = await workshop();
    const words = ['train', 'bars.csv', ...quick];
    const { code, stdout, stderr } = await runCli(words, { env, cwd: folder });
    expect(code).toBe(0);
    expect(stderr.match(/^epoch \d\/5 {2}loss .* validation .* s$/gm)).toHaveLength(5);
    const accuracy =
      /^bars version 1: accuracy ([\d.]+ %) \(95 %: [\d.]+ to [\d.]+\) on 9 examples/.exec(
        stdout,
      )![1]!;
    expect(stdout).toContain(`as images, sent as to /predict: ${accuracy}, by 64 of which `);
    expect(stdout).toContain(`published to ${join(folder, 'models')}/bars/1`);
    expect(stdout).toMatch(/^production: It is the first version of its model\.$/m);
    const manifest: unknown = JSON.parse(
      await readFile(join(folder, 'models/bars/1/manifest.json'), 'utf8'),
    );
    expect(manifest).toMatchObject({
      lineage: {
        seed: 1,
        command: `glimpse train bars.csv --model bars --epochs 5 --batch-size 16 --architecture '${layers}'`,
      },
    });
  });

  it('prints the outcome as JSON, and nothing else, on stdout', async () => {
    const { file, train } = await workshop();
    const { stdout } = await train(file, ...quick, '--json', '--seed', '3');
    expect(JSON.parse(stdout)).toMatchObject({
      model: 'bars',
      version: 1,
      metrics: { examples: 9 },
    });
  });

  it('trains from a request file, with options on top of it', async () => {
    const { folder, file, train } = await workshop();
    const request = {
      model: 'other',
      dataset: { uri: file, limit: 30 },
      epochs: 1,
      architecture: JSON.parse(layers) as object,
    };
    const requestFile = join(folder, 'request.json');
    await writeFile(requestFile, JSON.stringify(request));
    const { stdout } = await train('--request', requestFile, '--limit', '60', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ model: 'other', metrics: { examples: 6 } });
  });

  it('names the field that was meant in a request file', async () => {
    const { folder, train } = await workshop();
    const file = join(folder, 'request.json');
    for (const [request, meant] of [
      [{ epoch: 2 }, 'it has no field called "epoch"; did you mean "epochs"?'],
      [
        { optimizer: { name: 'sgd', learningrate: 1 } },
        '"optimizer" has no field called "learningrate"; did you mean "learningRate"?',
      ],
    ] as const) {
      await writeFile(file, JSON.stringify(request));
      const { code, stderr } = await train('--request', file);
      expect(code).toBe(1);
      expect(stderr).toContain(`${meant} (GLIMPSE_INVALID_REQUEST)`);
    }
  });

  it('keeps a net that it cannot publish, and publishes it when it is told where that is', async () => {
    const { env, folder, file } = await workshop();
    const inTheWay = join(folder, 'models/bars/1');
    await mkdir(join(folder, 'models/bars'), { recursive: true });
    await writeFile(inTheWay, 'a file where the version should be');
    const own = { ...env, GLIMPSE_DATA_DIR: join(folder, 'data'), GLIMPSE_PUBLISH_RETRY_MS: '0' };
    const failed = await runCommand(command, [file, ...quick], own);
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed.stderr).toContain('GLIMPSE_NOT_PUBLISHED');
    const words = /^To publish the net later: glimpse train --publish (\S+)$/m.exec(failed.stderr);
    await rm(inTheWay);
    const published = await runCommand(command, ['--publish', words![1]!], own);
    expect(published.stderr).not.toContain('epoch');
    expect(published.stdout).toContain(`published to ${join(folder, 'models')}/bars/1`);
    const again = await runCommand(command, ['--publish', words![1]!], own);
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toContain('There is no finished net');
  });

  it.each([
    [['nothing.csv'], 1, 'GLIMPSE_DATASET_NOT_FOUND'],
    [['bars.csv', '--epochs', '0'], 1, 'GLIMPSE_INVALID_REQUEST'],
    [['bars.csv', '--epochs', 'many'], 2, '--epochs takes a number'],
    [['bars.csv', '--range', 'dark'], 2, 'takes 16 or -1,1, not "dark"'],
    [['bars.csv', 'more.csv'], 2, 'more.csv'],
    [['bars.csv', '--architecture', '{"layers":'], 2, '--architecture'],
    [['--request', 'none.json'], 2, 'none.json'],
    [['bars.csv', '--colour', 'red'], 2, '--colour'],
    [['bars.csv', '--architecture', 'tower'], 1, 'GLIMPSE_INVALID_REQUEST'],
  ])('says what is wrong with %j', async (args, code, text) => {
    const { file, train } = await workshop();
    const result = await train(...args.map((word) => (word === 'bars.csv' ? file : word)));
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(text);
    expect(result.stdout).toBe('');
  });
});

describe('Ctrl-C', { timeout: 60_000 }, () => {
  it('ends glimpse train between two steps and publishes nothing', async () => {
    const { env, folder } = await workshop();
    const words = ['train', 'bars.csv', ...quick, '--epochs', '10000'];
    const child = spawn(process.execPath, [compiled('cli'), ...words], {
      cwd: folder,
      env: { ...process.env, ...env },
    });
    const exited = new Promise((resolve) => child.once('close', resolve));
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (!said.includes('epoch') && text.includes('epoch')) child.kill('SIGINT');
      said += text;
    });
    expect(await exited).toBe(1);
    expect(said).toContain('GLIMPSE_TRAINING_CANCELLED');
    expect(existsSync(join(folder, 'models', 'bars'))).toBe(false);
  });
});

/** What the words behind `glimpse train` make, without a training. */
async function read(...words: string[]) {
  let read: { request: Record<string, unknown>; golden: string | undefined; json: boolean };
  const reader = defineCommand({
    name: 'train',
    description: '',
    arguments: trainArguments,
    options: trainOptions,
    async run(given) {
      read = { request: trainRequestOf(given), golden: given.golden, json: given.json };
      return 0;
    },
  });
  expect(await runCommand(reader, words)).toEqual({ code: 0, stdout: '', stderr: '' });
  return read!;
}

describe('the words of glimpse train', () => {
  it('name a preset for images, or say the contract as JSON', async () => {
    const { request } = await read('x.csv', '--preprocessing', 'handwriting');
    expect(request['preprocessing']).toEqual({ preset: 'handwriting' });
  });

  it('become the request that POST /train takes', async () => {
    const { request, golden } = await read(
      ...'x.csv --model m --limit 5 --label-column=-1 --classes a,b --optimizer sgd --learning-rate 0.1 --schedule cosine --augmentation {"rotation":5} --patience 3 --label production --evaluation mnist:test --golden g --shape 32x24x3 --class-weights balanced --preprocessing {"fit":"cover"}'.split(
        ' ',
      ),
    );
    expect(golden).toBe('g');
    expect(request).toEqual({
      model: 'm',
      dataset: {
        uri: 'x.csv',
        limit: 5,
        labelColumn: -1,
        classes: ['a', 'b'],
        shape: { width: 32, height: 24, channels: 3 },
      },
      optimizer: { name: 'sgd', learningRate: 0.1 },
      schedule: { name: 'cosine' },
      augmentation: { rotation: 5 },
      classWeights: 'balanced',
      preprocessing: { fit: 'cover' },
      earlyStopping: { patience: 3 },
      publish: { label: 'production' },
      evaluation: { uri: 'mnist:test' },
    });
  });

  it.each([
    [['--range', '16'], { range: 16 }],
    [['--range', '-0.4242,2.8215', '--layout', 'chw'], { range: [-0.4242, 2.8215], layout: 'chw' }],
  ])('say what the numbers of a dataset mean: %j', async (words, expected) => {
    expect((await read('x.csv', ...words)).request).toEqual({
      dataset: { uri: 'x.csv', ...expected },
    });
  });

  it('are the founding example when there are none', async () => {
    expect(await read()).toEqual({ request: {}, golden: undefined, json: false });
  });
});

describe('the progress bar', () => {
  it('redraws one line no longer than the screen, and ends with a new line', () => {
    const written: string[] = [];
    const screen = { isTTY: true, columns: 50, write: (text: string) => written.push(text) > 0 };
    const progress = createTrainProgress(4, screen as unknown as NodeJS.WriteStream);
    progress.show({ type: 'progress', epoch: 1, step: 5, steps: 10 });
    progress.show(epochEvent(1));
    progress.show({ type: 'note', note: 'a remark' });
    progress.show(epochEvent(4));
    progress.close();
    const lines = written.map((text) => text.replace('\r\u001B[K', ''));
    expect(lines[0]).toMatch(/^███░{21} 0\/4/);
    expect(lines[1]).toMatch(/^█{6}░{18} 1\/4 {2}loss 1.000/);
    expect(lines[2]).toBe('a remark\n');
    expect(lines[3]).toMatch(/^█{24} 4\/4/);
    expect(lines[4]).toBe('\n');
    expect(lines.every((line) => line.trimEnd().length < 50)).toBe(true);
  });
});
