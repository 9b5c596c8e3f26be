import { join, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkKey, checkPrefix, isUsableKey } from '../../src/repository/stores/store-key.ts';
import { createRandom } from '../../src/random.ts';

describe('a key', () => {
  it.each([
    'a',
    'digits/1/model.onnx',
    'a b/c',
    '_claim.json',
    'a..b',
    'x.',
    'é',
    '数字',
    '%2e%2e/x',
  ])('may be %j', (key) => {
    expect(checkKey(key)).toBe(key);
  });

  it.each([
    '',
    '/',
    'a/',
    '/a',
    'a//b',
    '.',
    '..',
    'a/..',
    '../a',
    'a/./b',
    '.a',
    'a/.b',
    'a\\b',
    'a\0',
    'a\nb',
    'a\u007f',
    '\ud800',
    'e\u0301',
    'a'.repeat(201),
    'a/'.repeat(400) + 'a',
  ])('may not be %j', (key) => {
    expect(isUsableKey(key)).toBe(false);
  });

  it('never leaves its folder, whatever it is made of', () => {
    const random = createRandom(20_240_817);
    const pieces = [
      '.',
      '..',
      '/',
      '\\',
      'a',
      'B',
      '%2e',
      '\0',
      ' ',
      '~',
      '$',
      ':',
      '\u2024',
      '．',
      'é',
    ];
    let usable = 0;
    for (let round = 0; round < 20_000; round += 1) {
      const length = 1 + random.integer(7);
      const key = Array.from({ length }, () => pieces[random.integer(pieces.length)]!).join('');
      if (!isUsableKey(key)) continue;
      usable += 1;
      const path = join('/srv/models', ...key.split('/'));
      expect(path.startsWith(`/srv/models${sep}`)).toBe(true);
      expect(path.slice('/srv/models/'.length)).toBe(key);
    }
    expect(usable).toBeGreaterThan(500);
  });

  it('is shown short and harmless when it is refused', () => {
    const key = `../\u001b[31m${'x'.repeat(1_000)}`;
    expect(() => checkKey(key)).toThrow(
      /^The key "\.\.\/\\u001b\[31mx+\.\.\." is not usable in a store\.$/,
    );
  });
});

describe('a prefix', () => {
  it('is the root, or a folder with or without its slash', () => {
    expect(checkPrefix('')).toBe('');
    expect(checkPrefix('digits/1')).toBe('digits/1/');
    expect(checkPrefix('digits/1/')).toBe('digits/1/');
    expect(() => checkPrefix('/')).toThrow();
    expect(() => checkPrefix('digits//')).toThrow();
  });
});
