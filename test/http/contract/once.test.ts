import { describe, expect, it } from 'vitest';
import { onceItSucceeds } from '../../../src/http/contract/once.ts';

describe('what is made once', () => {
  it('is made at the first call, for all who wait, and again only after a failure', async () => {
    let calls = 0;
    const made = onceItSucceeds(async () => {
      calls += 1;
      if (calls === 1) throw new Error('not yet');
      return `made by call ${calls}`;
    });
    expect(calls).toBe(0);
    const first = await Promise.allSettled([made(), made()]);
    expect(first.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await Promise.all([made(), made()])).toEqual(['made by call 2', 'made by call 2']);
    expect(await made()).toBe('made by call 2');
  });
});
