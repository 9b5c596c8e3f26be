import { describe, expect, it } from 'vitest';
import { newCallId, predictionId, readPredictionId } from '../../src/evidence/prediction-id.ts';

const time = Date.UTC(2026, 10, 27, 20, 46);

describe('the id of a prediction', () => {
  it('is a UUID of version 7 that tells its time, and a number', () => {
    const call = newCallId(time);
    expect(call).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(call.startsWith('01a21ec1-ff40-')).toBe(true);
    expect(readPredictionId(predictionId(call, 12))).toEqual({ call, index: 12, time });
    expect(readPredictionId(call)).toEqual({ call, index: 0, time });
  });

  it('sorts by time, and never comes twice within a millisecond', () => {
    expect(newCallId(time) < newCallId(time + 1)).toBe(true);
    expect(newCallId(0) < newCallId(time)).toBe(true);
    expect(new Set(Array.from({ length: 1000 }, () => newCallId(time))).size).toBe(1000);
  });

  it.each([
    '',
    'x',
    '019ac710-0000-4000-8000-000000000000',
    '019ac710-0000-7000-c000-000000000000',
    '019ac710-0000-7000-8000-000000000000.',
    '019ac710-0000-7000-8000-000000000000.-1',
    '019ac710-0000-7000-8000-000000000000.1234567',
    '019AC710-0000-7000-8000-000000000000',
    ' 019ac710-0000-7000-8000-000000000000',
  ])('is not %j', (text) => {
    expect(readPredictionId(text)).toBeUndefined();
  });
});
