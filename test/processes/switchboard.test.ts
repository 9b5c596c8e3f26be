import { describe, expect, it } from 'vitest';
import type { ToServer } from '../../src/processes/messages.ts';
import { Switchboard, type Receiver } from '../../src/processes/switchboard.ts';

interface Recorded extends Receiver {
  readonly heard: ToServer[];
}

function receiver(isFirst = false): Recorded {
  const heard: ToServer[] = [];
  return { isFirst, heard, send: (message) => heard.push(message) };
}

/** A first process and two others, all connected. */
function three() {
  const switchboard = new Switchboard();
  const [first, one, other] = [receiver(true), receiver(), receiver()];
  for (const each of [first, one, other]) switchboard.add(each);
  return { switchboard, first, one, other };
}

const ask = (to: 'first' | 'others', id = 7) =>
  ({ kind: 'ask', id, to, topic: 'metrics', content: 'please' }) as const;

describe('the switchboard', () => {
  it('asks all others, and answers when the last of them has answered', () => {
    const { switchboard, first, one, other } = three();
    switchboard.take(first, ask('others'));
    const asked = { kind: 'asked', id: 1, topic: 'metrics', content: 'please' };
    expect([one.heard, other.heard]).toEqual([[asked], [asked]]);
    switchboard.take(other, { kind: 'answer', id: 1, outcome: { content: 'b' } });
    expect(first.heard).toEqual([]);
    switchboard.take(one, { kind: 'answer', id: 1, outcome: { content: 'a' } });
    const outcomes = [{ content: 'b' }, { content: 'a' }];
    expect(first.heard).toEqual([{ kind: 'answers', id: 7, outcomes }]);
  });

  it('asks the first alone', () => {
    const { switchboard, first, one, other } = three();
    switchboard.take(one, ask('first'));
    expect([first.heard.length, other.heard.length]).toEqual([1, 0]);
    switchboard.take(first, { kind: 'answer', id: 1, outcome: { content: 3 } });
    expect(one.heard).toEqual([{ kind: 'answers', id: 7, outcomes: [{ content: 3 }] }]);
  });

  it('waits for nobody who has ended, and answers at once where nobody is', () => {
    const { switchboard, first, one, other } = three();
    switchboard.take(first, ask('others'));
    switchboard.remove(one);
    expect(first.heard).toEqual([]);
    switchboard.remove(other);
    expect(first.heard).toEqual([{ kind: 'answers', id: 7, outcomes: [] }]);
    switchboard.take(first, ask('others', 8));
    expect(first.heard.at(-1)).toEqual({ kind: 'answers', id: 8, outcomes: [] });
  });

  it('answers nobody twice, nor who was not asked, nor one who has ended', () => {
    const { switchboard, first, one, other } = three();
    switchboard.take(one, ask('first'));
    switchboard.take(other, { kind: 'answer', id: 1, outcome: { content: 'not asked' } });
    expect(one.heard).toEqual([]);
    switchboard.remove(one);
    switchboard.take(first, { kind: 'answer', id: 1, outcome: { content: 'late' } });
    expect(one.heard).toEqual([]);
  });

  it('keeps the questions of different processes apart that have the same number', () => {
    const { switchboard, first, one, other } = three();
    switchboard.take(one, ask('first', 1));
    switchboard.take(other, ask('first', 1));
    switchboard.take(first, { kind: 'answer', id: 2, outcome: { content: 'other' } });
    switchboard.take(first, { kind: 'answer', id: 1, outcome: { content: 'one' } });
    expect(one.heard).toEqual([{ kind: 'answers', id: 1, outcomes: [{ content: 'one' }] }]);
    expect(other.heard).toEqual([{ kind: 'answers', id: 1, outcomes: [{ content: 'other' }] }]);
  });

  it('passes on what needs no answer', () => {
    const { switchboard, first, one, other } = three();
    switchboard.take(one, { kind: 'tell', to: 'first', topic: 'predicted', content: [1] });
    const asked = { kind: 'asked', id: undefined, topic: 'predicted', content: [1] };
    expect([first.heard, one.heard, other.heard]).toEqual([[asked], [], []]);
  });
});
