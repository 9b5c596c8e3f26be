import { describe, expect, it } from 'vitest';
import { houseAccount } from '../../../src/account.ts';
import { errors } from '../../../src/errors.ts';
import type { PredictRequest, PredictResult } from '../../../src/serving/predictor.ts';
import { comparePredictions } from '../../../src/serving/rollout/compare-predictions.ts';
import { createShadowRunner, type ShadowEvent } from '../../../src/serving/rollout/shadow.ts';

const prediction = (label: string, score: number, other = 'dog') => {
  const top = [
    { label, score },
    { label: other, score: 1 - score },
  ];
  return { label, score, top };
};
const failed = { error: { code: 'GLIMPSE_IMAGE_EMPTY', message: 'It has no bytes.' } };

describe('two answers for the same images', () => {
  it('are compared by class and by the score of the answered one', () => {
    const answered = [
      prediction('cat', 0.9),
      prediction('cat', 0.8),
      failed,
      prediction('ox', 0.7),
    ];
    const shown = [prediction('cat', 0.8), prediction('dog', 0.6, 'cat'), prediction('cat', 1)];
    expect(comparePredictions(answered, [...shown, failed])).toEqual({
      compared: 2,
      agreed: 1,
      failed: 2,
      differences: [expect.closeTo(0.1), expect.closeTo(0.4)],
    });
    expect(comparePredictions([prediction('ox', 0.7)], [prediction('cat', 0.9)])).toMatchObject({
      agreed: 0,
      differences: [0.7],
    });
  });
});

/** A runner on a predictor whose answers are given by hand, and all that became of what it was offered. */
function createRig({ maxImages = 4, waiting = (): number => 0, room = Infinity } = {}) {
  const events: ShadowEvent[] = [];
  const disagreements: unknown[] = [];
  const asked: PredictRequest[] = [];
  const answers: ((result: PredictResult | Error) => void)[] = [];
  const accounts = { open: 0, closed: 0, bytes: 0 };
  const runner = createShadowRunner({
    predictor: {
      predict: (request) =>
        new Promise((resolve, reject) => {
          asked.push(request);
          answers.push((result) => (result instanceof Error ? reject(result) : resolve(result)));
        }),
    },
    maxImages,
    waiting,
    openAccount(deadline) {
      accounts.open += 1;
      return {
        ...houseAccount,
        deadline,
        keepMore(bytes) {
          if (bytes > room) throw new errors.GLIMPSE_MEMORY_FULL();
          accounts.bytes += bytes;
        },
        close: () => void (accounts.closed += 1),
      };
    },
    onEvent: (event) => events.push(event),
    onDisagreement: (...told) => disagreements.push(told),
  });
  const offer = (images = 1, onCompared?: () => void) =>
    runner.offer({
      request: {
        model: 'digits',
        instances: Array.from({ length: images }, () => ({
          kind: 'image',
          bytes: new Uint8Array(10),
        })),
      },
      result: {
        version: 1,
        predictions: Array.from({ length: images }, () => prediction('a', 1)),
        evidence: { id: 'call' },
      },
      shadow: 2,
      ...(onCompared && { onCompared }),
    });
  const answer = async (result: PredictResult['predictions'] | Error) => {
    for (let turn = 0; answers.length === 0 && turn < 500; turn += 1) await nextTurn();
    const predictions = result instanceof Error ? result : { ...empty, predictions: result };
    answers.shift()!(predictions);
    await nextTurn();
  };
  return { runner, events, disagreements, asked, accounts, offer, answer };
}
const empty = { model: 'digits', version: 2 } as unknown as PredictResult;
const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 1));

describe('a shadow', () => {
  it('is asked one request at a time by its number, and told of with what both said', async () => {
    const { runner, events, disagreements, asked, accounts, offer, answer } = createRig();
    let compared = 0;
    offer(1, () => void (compared += 1));
    offer(2);
    await nextTurn();
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ model: 'digits', selector: { version: 2 }, partial: true });
    expect(asked[0]).not.toHaveProperty('sticky');
    await answer([prediction('a', 0.5)]);
    await answer([prediction('a', 1), prediction('b', 1)]);
    await runner.close();
    expect(events).toMatchObject([
      { version: 1, shadow: 2, images: 1, compared: { agreed: 1, differences: [0.5] } },
      { images: 2, compared: { compared: 2, agreed: 1 } },
    ]);
    expect(compared).toBe(1);
    expect(disagreements).toEqual([['call.1', { version: 2, label: 'b' }]]);
    expect(accounts).toEqual({ open: 2, closed: 2, bytes: 30 });
  });

  it('drops what is more than it may hold, and has room again afterwards', async () => {
    const { runner, events, offer, answer } = createRig({ maxImages: 3 });
    offer(2);
    offer(2);
    offer(1);
    offer(1);
    expect(events.map(({ images, compared }) => [images, compared])).toEqual([
      [2, undefined],
      [1, undefined],
    ]);
    await answer([prediction('a', 1), prediction('a', 1)]);
    await answer([prediction('a', 1)]);
    offer(3);
    expect(events).toHaveLength(4);
    const closed = runner.close();
    await answer([prediction('a', 1), prediction('a', 1), prediction('a', 1)]);
    await closed;
    expect(events.at(-1)).toMatchObject({ compared: { agreed: 3 } });
  });

  it('drops large bodies, and whatever callers need the memory for', () => {
    const { events, offer, accounts, runner } = createRig({ room: 9 });
    offer();
    const large = new Uint8Array(33 * 1024 * 1024);
    runner.offer({
      request: { model: 'digits', instances: [{ kind: 'image', bytes: large.subarray(0, 1) }] },
      result: { version: 1, predictions: [], evidence: { id: 'call' } },
      shadow: 2,
    });
    expect(events.map(({ compared }) => compared)).toEqual([undefined, undefined]);
    expect(accounts).toMatchObject({ open: 1, closed: 1 });
  });

  it('waits while callers wait, and gives up when they keep coming', async () => {
    let waiting = 1;
    const { runner, events, asked, offer, answer } = createRig({ waiting: () => waiting });
    offer();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(asked).toHaveLength(0);
    waiting = 0;
    await answer([prediction('a', 1)]);
    expect(events).toHaveLength(1);
    await runner.close();
    offer();
    expect(events.at(-1)!.compared).toBeUndefined();
  });

  it('counts what fails against it, but not what there was no time for', async () => {
    const { runner, events, offer, answer } = createRig();
    for (const error of [
      new errors.GLIMPSE_RUNTIME_FAILED('no.'),
      new errors.GLIMPSE_QUEUE_FULL(9),
      new errors.GLIMPSE_DRAINING(),
    ]) {
      offer();
      await answer(error);
    }
    await runner.close();
    expect(events.map(({ compared }) => compared?.failed)).toEqual([1, undefined, undefined]);
  });
});
