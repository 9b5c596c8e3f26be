import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createAbandonedThreads } from '../../src/compose/abandoned-threads.ts';

describe('threads that were left inside of their models', () => {
  it('are there until they have ended', async () => {
    const threads = createAbandonedThreads();
    const ending = new EventEmitter();
    expect(threads.hasAny).toBe(false);
    threads.add(once(ending, 'end'));
    threads.add(Promise.resolve());
    expect(threads.hasAny).toBe(true);
    const closing = threads.close();
    ending.emit('end');
    await closing;
    expect(threads.hasAny).toBe(false);
  });

  it('are waited for a moment and no longer', async () => {
    const threads = createAbandonedThreads(1);
    await threads.close();
    threads.add(new Promise(() => {}));
    await threads.close();
    expect(threads.hasAny).toBe(true);
  });
});
