import { describe, expect, it } from 'vitest';
import { jsonProblemOf } from '../src/json.ts';

describe('why a text is no JSON', () => {
  it.each([
    ['SECRETKEYMATERIAL', 'an unexpected character'],
    ['{"key": SECRET in JSON}', 'an unexpected character'],
    ['-----BEGIN SECRET KEY-----', 'No number after minus sign in JSON at position 1'],
    ['{"a": 1,}', 'Expected double-quoted property name in JSON at position 8'],
    ['[1, 2', "Expected ',' or ']' after array element in JSON at position 5"],
    ['', 'Unexpected end of JSON input'],
  ])('%j is said without a word of it', (text, expected) => {
    let problem = '';
    try {
      JSON.parse(text);
    } catch (error) {
      problem = jsonProblemOf(error);
    }
    expect(problem.startsWith(expected)).toBe(true);
    expect(problem).not.toContain('SECRET');
  });
});
