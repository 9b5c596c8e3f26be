import { describe, expect, it } from 'vitest';
import { maxWaitSeconds, preferredWaitSeconds } from '../../src/http/jobs/prefer.ts';

describe('the header Prefer', () => {
  it.each([
    ['wait=10', 10],
    ['WAIT = 10', 10],
    ['respond-async, wait=10', 10],
    ['return=minimal; foo="a b", wait="7"; x=y', 7],
    ['wait=3, wait=9', 3],
    ['wait=0', 0],
    ['wait=999999', maxWaitSeconds],
  ])('says how long to wait: %s', (header, seconds) => {
    expect(preferredWaitSeconds(header)).toBe(seconds);
  });

  it.each([
    undefined,
    '',
    'respond-async',
    'await=10',
    'wait',
    'wait=',
    'wait=soon',
    'wait=-1',
    'wait=1.5',
    'wait=9999999999',
    'foo="wait=10"',
    'foo="x, wait=10"',
    'a,'.repeat(5000),
    '"\\'.repeat(5000),
  ])('is no error when it says nothing of that kind: %s', (header) => {
    expect(preferredWaitSeconds(header)).toBeUndefined();
  });
});
