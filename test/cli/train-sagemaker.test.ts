import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { command } from '../../src/cli/train.ts';
import { compiled } from '../support/programs.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { bars } from '../training/tiny-run.ts';

const layers = JSON.stringify({ layers: [{ type: 'flatten' }, { type: 'dense' }] });
const quick = { model: 'bars', epochs: '3', architecture: layers };
const file = { TrainingInputMode: 'File', RecordWrapperType: 'None' };

/** The folders of a training job as SageMaker lays them out. */
async function jobFolder(
  hyperparameters: unknown = quick,
  channels: Record<string, unknown> = { training: file },
  hosts = ['algo-1'],
) {
  const base = await temporaryFolder();
  const config = join(base, 'input/config');
  await mkdir(config, { recursive: true });
  await writeFile(join(config, 'hyperparameters.json'), JSON.stringify(hyperparameters));
  await writeFile(join(config, 'inputdataconfig.json'), JSON.stringify(channels));
  await writeFile(
    join(config, 'resourceconfig.json'),
    JSON.stringify({ current_host: 'algo-1', hosts, network_interface_name: 'eth0' }),
  );
  for (const channel of Object.keys(channels)) {
    await mkdir(join(base, 'input/data', channel), { recursive: true });
    await writeFile(join(base, 'input/data', channel, 'bars.csv'), bars(90));
  }
  return base;
}

function settings(base: string) {
  return {
    SAGEMAKER_BASE_DIR: base,
    GLIMPSE_DATA_DIR: join(base, 'work'),
    GLIMPSE_MNIST_DIR: join(base, 'none'),
  };
}

const train = (base: string, ...words: string[]) => runCommand(command, words, settings(base));
const failureOf = (base: string) => readFile(join(base, 'output/failure'), 'utf8');

describe('a training job of SageMaker', () => {
  let base: string;
  let done: Awaited<ReturnType<typeof train>>;
  beforeAll(async () => {
    const own = {
      ...quick,
      'batch-size': '16',
      learning_rate: '0.02',
      optimizer: '"adam"',
      sagemaker_program: '"train.py"',
      _tuning_objective_metric: 'validation_accuracy',
    };
    base = await jobFolder(own, { training: file, test: file });
    done = await train(base);
  });

  it('learns from the channel training, measures on the channel test, by its hyperparameters', async () => {
    expect(done.code).toBe(0);
    const manifest = JSON.parse(
      await readFile(join(base, 'model/bars/1/manifest.json'), 'utf8'),
    ) as { lineage: { dataset: { uri?: string }; recipe: object } };
    expect(JSON.stringify(manifest.lineage)).toContain('"batchSize":16');
    expect(JSON.stringify(manifest.lineage)).toContain('"learningRate":0.02');
    expect(done.stderr).toContain('45 to watch, 45 to measure on');
  });

  it('leaves a repository with a production label in model/, as an endpoint serves it', async () => {
    expect((await readdir(join(base, 'model'))).sort()).toContain('bars');
    expect(await readFile(join(base, 'model/bars/labels.json'), 'utf8')).toContain('"production"');
  });

  it('prints figures as name=value; for the metric definitions of the job', () => {
    expect(
      done.stdout.match(
        /^epoch=\d; train_loss=[\d.]+; train_accuracy=[\d.]+; validation_loss=[\d.]+; validation_accuracy=[\d.]+;$/gm,
      ),
    ).toHaveLength(3);
    expect(done.stdout).toMatch(/^test_accuracy=[\d.]+; test_loss=[\d.]+; .*;$/m);
  });

  it("names the hyperparameters of SageMaker's own that it passes over", () => {
    expect(done.stderr).toContain('passed over: sagemaker_program, _tuning_objective_metric.');
  });

  it('leaves neither a failure nor a checkpoint', async () => {
    expect(existsSync(join(base, 'output/failure'))).toBe(false);
    expect(await readdir(join(base, 'checkpoints'))).toEqual([]);
  });

  it('is no job where the command line says something', async () => {
    const { code, stderr } = await train(base, 'nothing.csv');
    expect(code).toBe(1);
    expect(stderr).toContain('GLIMPSE_DATASET_NOT_FOUND');
  });
});

describe('a job that cannot be done', () => {
  it.each([
    ['has no data', quick, {}, 'There is nothing to learn from'],
    [
      'has a slip in a hyperparameter',
      { ...quick, epoch: '3' },
      undefined,
      'no hyperparameter "epoch"; did you mean "epochs"?',
    ],
    [
      'has words for a number',
      { ...quick, epochs: 'many' },
      undefined,
      'The hyperparameter "epochs" takes a number, not "many".',
    ],
    [
      'has a number out of its range',
      { ...quick, epochs: '0' },
      undefined,
      'GLIMPSE_INVALID_REQUEST',
    ],
    [
      'says one thing twice',
      { ...quick, 'batch-size': '1', batch_size: '2' },
      undefined,
      '"batchSize" is given twice',
    ],
    [
      'has a word for a switch',
      { ...quick, quantise: 'yes' },
      undefined,
      'takes true or false, not "yes"',
    ],
    [
      'has a channel of another name',
      quick,
      { training: file, trian: file },
      'no channel "trian"; did you mean "train"?',
    ],
    [
      'learns from two channels',
      quick,
      { training: file, train: file },
      'both what is learnt from',
    ],
    [
      'measures on two channels',
      quick,
      { training: file, test: file, validation: file },
      'both what is measured on',
    ],
    [
      'names data besides a channel',
      { ...quick, dataset: 'mnist:' },
      undefined,
      'the channel "training" and the hyperparameter "dataset"',
    ],
    [
      'comes through a pipe',
      quick,
      { training: { TrainingInputMode: 'Pipe' } },
      'in the mode Pipe',
    ],
    [
      'comes as RecordIO',
      quick,
      { training: { ...file, RecordWrapperType: 'RecordIO' } },
      'wrapped as RecordIO',
    ],
    [
      'sets a file of the machine',
      { ...quick, golden: '/etc' },
      undefined,
      'no hyperparameter "golden"',
    ],
    ['is no object', [1], undefined, 'hyperparameters.json holds no JSON object'],
  ])(
    'and %s ends with its reason in output/failure',
    async (_name, hyperparameters, channels, reason) => {
      const base = await jobFolder(hyperparameters, channels);
      const { code, stderr } = await train(base);
      expect(code).not.toBe(0);
      expect(stderr).toContain(reason);
      expect(await failureOf(base)).toContain(reason);
      expect(await readdir(base)).not.toContain('sample');
    },
  );

  it('has several hosts', async () => {
    const base = await jobFolder(quick, { training: file }, ['algo-1', 'algo-2']);
    expect((await train(base)).code).toBe(2);
    expect(await failureOf(base)).toContain('names 2 hosts, and a training uses one');
  });

  it('has an empty channel, or a broken file', async () => {
    const base = await jobFolder(quick, { training: file });
    await writeFile(join(base, 'input/config/inputdataconfig.json'), '{"test"');
    expect((await train(base)).stderr).toContain('inputdataconfig.json is no JSON');
    await writeFile(
      join(base, 'input/config/inputdataconfig.json'),
      JSON.stringify({ train: file }),
    );
    expect((await train(base)).stderr).toContain('The channel "train" is empty.');
  });

  it('fails by what is wrong with it, also where the reason cannot be kept', async () => {
    const base = await jobFolder(quick, { training: file }, ['algo-1', 'algo-2']);
    await writeFile(join(base, 'output'), 'no folder');
    const { code, stderr } = await train(base);
    expect(code).toBe(2);
    expect(stderr).toContain('names 2 hosts, and a training uses one');
    expect(stderr).toContain('The reason of the failure cannot be kept');
  });
});

/** Runs the job as a program; `until` kills it with -9 in its sixth epoch, once that file is there. */
async function program(base: string, until?: string) {
  const child = spawn(process.execPath, [compiled('cli'), 'train'], {
    env: { ...process.env, ...settings(base), GLIMPSE_CHECKPOINT_INTERVAL_MS: '1' },
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (stdout.includes('epoch=5;') && until !== undefined && existsSync(until))
      child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.once('close', resolve));
  return stdout;
}

const bytesOf = (base: string) => readFile(join(base, 'model/bars/1/model.onnx'));

describe('a job that is killed', { timeout: 60_000 }, () => {
  it('goes on from checkpoints/ and ends with the same bytes', async () => {
    const own = { ...quick, epochs: '60' };
    const [killed, whole] = [await jobFolder(own), await jobFolder(own)];
    await program(killed, join(killed, 'checkpoints/checkpoint'));
    expect(existsSync(join(killed, 'model/bars/1/manifest.json'))).toBe(false);
    const resumed = await program(killed);
    expect(resumed).toMatch(/^epoch=60;/m);
    expect(resumed).not.toMatch(/^epoch=1;/m);
    await program(whole);
    expect(await bytesOf(killed)).toEqual(await bytesOf(whole));
  });
});
