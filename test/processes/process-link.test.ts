import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { errors, isGlimpseError } from '../../src/errors.ts';
import type { FromServer, ProcessOrder, ToServer } from '../../src/processes/messages.ts';
import { openProcessLink, type ProcessChannel } from '../../src/processes/process-link.ts';

const order: ProcessOrder = {
  role: 'further',
  number: 1,
  othersAnswer: true,
  count: 2,
  socketPath: 'one.sock',
  secret: 'secret',
  data: { port: 1 },
};

/** A channel whose other end is in the hands of the test. */
async function open(answerMs?: number) {
  const events = new EventEmitter();
  const sent: FromServer[] = [];
  const done: (() => void)[] = [];
  const channel: ProcessChannel = {
    on: (event, listener) => events.on(event, listener),
    send(message, _handle, _options, onDone) {
      sent.push(message);
      done.push(onDone);
      return true;
    },
  };
  const opening = openProcessLink(channel, answerMs);
  const tell = (message: ToServer): boolean => events.emit('message', message);
  expect(sent).toEqual([{ kind: 'here' }]);
  tell({ kind: 'begin', order });
  const link = await opening;
  sent.length = 0;
  done.length = 0;
  return { link, sent, done, tell, emit: (message: unknown) => events.emit('message', message) };
}

describe('the link of a process to the others', () => {
  it('begins with its orders, and passes over what is not of ours', async () => {
    const { link, emit } = await open();
    emit('internal');
    emit({ cmd: 'NODE_CLUSTER' });
    expect(link.order).toEqual(order);
    expect(link.firstSocket).toBe('one.sock');
  });

  it('asks the first, and gives back its answer or its error with its code', async () => {
    const { link, sent, tell } = await open();
    const answer = link.askFirst('spend', 'a');
    expect(sent).toEqual([{ kind: 'ask', id: 1, to: 'first', topic: 'spend', content: 'a' }]);
    tell({ kind: 'answers', id: 1, outcomes: [{ content: 5 }] });
    expect(await answer).toBe(5);
    const refused = link.askFirst('spend', 'a');
    const known = { code: 'GLIMPSE_RATE_LIMITED', statusCode: 429, details: { retryAfterMs: 5 } };
    tell({ kind: 'answers', id: 2, outcomes: [{ error: { message: 'no', known } as never }] });
    const error = await refused.catch((reason: unknown) => reason);
    expect(isGlimpseError(error)).toBe(true);
    expect(error).toMatchObject({ message: 'no', ...known });
  });

  it('says that the first is away when nobody answers, or not in time', async () => {
    const { link, tell } = await open(20);
    const nobody = link.askFirst('spend', 'a');
    tell({ kind: 'answers', id: 1, outcomes: [] });
    await expect(nobody).rejects.toBeInstanceOf(errors.GLIMPSE_PROCESS_AWAY);
    await expect(link.askFirst('spend', 'a')).rejects.toMatchObject({
      code: 'GLIMPSE_PROCESS_AWAY',
      details: { topic: 'spend', waitedMs: 20 },
    });
  });

  it('leaves out those of the others that failed', async () => {
    const { link, tell } = await open();
    const answers = link.askOthers('metrics', undefined);
    tell({
      kind: 'answers',
      id: 1,
      outcomes: [{ content: 1 }, { error: undefined }, { content: 2 }],
    });
    expect(await answers).toEqual([1, 2]);
  });

  it('answers what it is asked, with what its handler gives or throws', async () => {
    const { link, sent, tell } = await open();
    link.answer('double', { handle: async (given: number) => 2 * given });
    link.answer('fail', {
      handle: () => {
        throw new errors.GLIMPSE_DRAINING();
      },
    });
    tell({ kind: 'asked', id: 4, topic: 'double', content: 21 });
    tell({ kind: 'asked', id: 5, topic: 'fail', content: undefined });
    tell({ kind: 'asked', id: 6, topic: 'unknown', content: undefined });
    tell({ kind: 'asked', id: undefined, topic: 'double', content: 1 });
    await new Promise(setImmediate);
    expect(sent).toHaveLength(3);
    expect(sent).toContainEqual({ kind: 'answer', id: 4, outcome: { content: 42 } });
    expect(sent).toContainEqual({ kind: 'answer', id: 6, outcome: { error: undefined } });
    expect(sent).toContainEqual({
      kind: 'answer',
      id: 5,
      outcome: {
        error: expect.objectContaining({ known: { code: 'GLIMPSE_DRAINING', statusCode: 503 } }),
      },
    });
  });

  it('has at most a thousand messages on their way that nobody waits for', async () => {
    const { link, done } = await open();
    const told = Array.from({ length: 1_001 }, () => link.tellFirst('predicted', []));
    expect(told.filter((isTold) => !isTold)).toHaveLength(1);
    expect(told.at(-1)).toBe(false);
    done[0]!();
    expect(link.tellFirst('predicted', [])).toBe(true);
  });

  it('follows the first to another socket, and hears of deaths', async () => {
    const { link, tell } = await open();
    const heard: unknown[] = [];
    link.onFirst(() => heard.push(link.firstSocket));
    link.onDeath((number) => heard.push(number));
    tell({ kind: 'first', socketPath: undefined });
    tell({ kind: 'first', socketPath: 'two.sock' });
    tell({ kind: 'death', deaths: 3, number: undefined });
    tell({ kind: 'death', deaths: 4, number: 2 });
    expect(heard).toEqual([undefined, 'two.sock', 2]);
    expect(link.deaths).toBe(4);
  });

  it('stops also when it was told so before anybody listened', async () => {
    const { link, tell } = await open();
    tell({ kind: 'drain' });
    tell({ kind: 'stop' });
    const heard: string[] = [];
    link.onDrain(() => heard.push('drain'));
    link.onStop(() => heard.push('stop'));
    expect(heard).toEqual(['drain', 'stop']);
  });
});
