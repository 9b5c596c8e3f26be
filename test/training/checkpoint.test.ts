import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCheckpoints } from '../../src/training/checkpoint.ts';
import type { FitState } from '../../src/training/fit.ts';
import type { TrainEvent } from '../../src/training/events.ts';
import type { TrainRequest } from '../../src/training/request.ts';
import { temporaryFolder } from '../datasets/dataset-files.ts';
import { epochEvent } from '../jobs/puppet-trainer.ts';
import { tinyWorkshop } from './tiny-run.ts';

const state: FitState = {
  trainer: {
    epoch: 3,
    step: 2,
    lossSum: 0.1 + 0.2,
    correct: 17,
    values: new Map([
      ['1.kernel', Float32Array.of(1.5, -0, Number.MIN_VALUE, 1e-38, 3)],
      ['1.bias', new Float32Array(0)],
    ]),
  },
  history: [epochEvent(1).epoch, epochEvent(2).epoch],
  best: { epoch: 2, loss: 0.25, values: new Map([['1.kernel', Float32Array.of(7)]]) },
  seconds: 1.25,
};

async function checkpointsIn(folder: string, key = 'this run') {
  const problems: string[] = [];
  const file = join(folder, 'checkpoint');
  const onProblem = (problem: string) => problems.push(problem);
  return { file, problems, checkpoints: createCheckpoints({ file, key, onProblem }) };
}

describe('a checkpoint', () => {
  it('gives back exactly what was saved, and the newest of it', async () => {
    const { checkpoints } = await checkpointsIn(await temporaryFolder());
    expect(await checkpoints.load()).toBeUndefined();
    await checkpoints.save({ ...state, seconds: 9 });
    await checkpoints.save(state);
    expect(await checkpoints.load()).toEqual(state);
    await checkpoints.remove();
    expect(await checkpoints.load()).toBeUndefined();
  });

  it('of another run is not used, and that is told', async () => {
    const folder = await temporaryFolder();
    await (await checkpointsIn(folder)).checkpoints.save(state);
    const other = await checkpointsIn(folder, 'another run');
    expect(await other.checkpoints.load()).toBeUndefined();
    expect(other.problems).toEqual([expect.stringContaining('another request')]);
  });

  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, -9)],
    [
      'with one bit turned',
      (bytes: Buffer) => {
        bytes[bytes.length - 50]! ^= 1;
        return bytes;
      },
    ],
    ['empty', () => Buffer.alloc(0)],
    ['of zeros', (bytes: Buffer) => Buffer.alloc(bytes.length)],
  ])('that is %s is not used, and that is told', async (_, damage) => {
    const { checkpoints, file, problems } = await checkpointsIn(await temporaryFolder());
    await checkpoints.save(state);
    await writeFile(file, damage(await readFile(file)));
    expect(await checkpoints.load()).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining('damaged')]);
  });
});

/** Runs to the end, with the process "dying" after each of these numbers of steps. */
async function runWithDeaths(request: TrainRequest, deaths: readonly number[]) {
  const workshop = await tinyWorkshop();
  const events: TrainEvent[] = [];
  for (const steps of [...deaths, Infinity]) {
    const death = new AbortController();
    let saved = 0;
    const report = (event: TrainEvent) => {
      events.push(event);
      saved += event.type === 'checkpoint' ? 1 : 0;
      if (saved === steps) death.abort('death');
    };
    const run = workshop.run(request, { report, signal: death.signal, checkpointIntervalMs: 0 });
    if (steps === Infinity) await run;
    else await expect(run).rejects.toBe('death');
  }
  const bytes = await readFile(join(workshop.folder, 'models/bars/1/model.onnx'));
  const manifest = await workshop.repository.manifest('bars', 1);
  return { bytes, manifest, events };
}

describe('a run that goes on from a checkpoint', () => {
  const everything: TrainRequest = {
    epochs: 12,
    augmentation: { shift: 1, elastic: 1, thickness: 0.3 },
    schedule: { name: 'one-cycle' },
    optimizer: { name: 'adamw' },
    labelSmoothing: 0.1,
    batchSize: 25,
  };
  const early: TrainRequest = {
    ...everything,
    epochs: 60,
    optimizer: { name: 'adam', learningRate: 0.05 },
    earlyStopping: { patience: 4 },
  };

  it.each([
    ['in the middle of an epoch, between epochs, and in the first step', everything, [6, 2, 1]],
    ['with early stopping, before and after the best epoch', early, [9, 13]],
  ] as const)('ends with the same bytes: %s', async (_, request, deaths) => {
    const whole = await runWithDeaths(request, []);
    const resumed = await runWithDeaths(request, deaths);
    expect(resumed.bytes.equals(whole.bytes)).toBe(true);
    expect(resumed.manifest.metrics).toEqual(whole.manifest.metrics);
    const resumptions = resumed.events.flatMap((event) =>
      event.type === 'net' ? [event.history.length] : [],
    );
    expect(resumptions).toHaveLength(deaths.length + 1);
    expect(resumptions.at(-1)).toBeGreaterThan(0);
  });

  it('starts anew when its dataset has changed meanwhile', async () => {
    const { folder, events, run } = await tinyWorkshop();
    await run({ epochs: 2 }, { checkpointIntervalMs: 0 });
    await writeFile(
      join(folder, 'bars.csv'),
      `${await readFile(join(folder, 'bars.csv'), 'utf8')}flat${',9'.repeat(36)}\n`,
    );
    await run({ epochs: 2 }, { checkpointIntervalMs: 0 });
    const nets = events.filter((event) => event.type === 'net');
    expect(nets.map(({ history }) => history.length)).toEqual([0, 0]);
    expect(events).toContainEqual({ type: 'note', note: expect.stringContaining('is not used') });
  });
});
