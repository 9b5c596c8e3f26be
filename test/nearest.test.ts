import { describe, expect, it } from 'vitest';
import { ConfigSchema } from '../src/config/config-schema.ts';
import { nearest } from '../src/nearest.ts';

describe('the nearest word', () => {
  it.each([
    ['GLIMPSE_PROT', 'GLIMPSE_PORT'],
    ['GLIMPSE_BATCH_SIZE', 'GLIMPSE_MAX_BATCH_SIZE'],
    ['GLIMPSE_FROBNICATE', undefined],
    ['GLIMPSE_LOGLEVEL', 'GLIMPSE_LOG_LEVEL'],
    ['GLIMPSE_SOMETHING_ELSE_ENTIRELY', undefined],
  ])('to %s is %s', (word, meant) => {
    expect(nearest(word, Object.keys(ConfigSchema.properties))).toBe(meant);
  });

  it('is found for short words too, by swap, slip and gap', () => {
    const commands = ['serve', 'models', 'predict', 'publish'];
    expect(
      ['sevre', 'model', 'perdict', 'pulbish', 'x', ''].map((word) => nearest(word, commands)),
    ).toEqual(['serve', 'models', 'predict', 'publish', undefined, undefined]);
  });
});
