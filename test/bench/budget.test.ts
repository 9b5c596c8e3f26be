import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { judge, ratiosOf, type Budget } from '../../bench/peers/judge-budget.ts';
import { scenes } from '../../bench/peers/scenes.ts';

const scene = 'PNG 28x28, 32 connections';
const budget: Budget = { room: 0.25, ratios: { glimpse: { [scene]: 0.4 } } };

describe('the budget of processor time', () => {
  it('holds up to its room and not above it', () => {
    expect(judge(budget, { glimpse: { [scene]: 0.5 } })).toMatchObject([{ isKept: true }]);
    expect(judge(budget, { glimpse: { [scene]: 0.51 } })).toMatchObject([{ isKept: false }]);
  });

  it('does not hold where nothing was measured or nothing was right', () => {
    expect(judge(budget, {})).toMatchObject([{ peer: 'glimpse', scene, isKept: false }]);
    expect(judge(budget, { glimpse: { [scene]: Infinity } })).toMatchObject([{ isKept: false }]);
  });

  it('compares with the plain server, and a photo with a JPEG of its size', () => {
    const measured = new Map([
      ['fastify', new Map([['JPEG 640x480, 1 connection', { cpuMs: 2 }]])],
      [
        'glimpse',
        new Map([
          ['photo 640x480, 1 connection', { cpuMs: 6 }],
          ['JPEG 640x480, 1 connection', { cpuMs: 1 }],
          ['nobody else', { cpuMs: 1 }],
        ]),
      ],
    ]);
    expect(ratiosOf(measured, 'fastify')).toEqual({
      glimpse: { 'photo 640x480, 1 connection': 3, 'JPEG 640x480, 1 connection': 0.5 },
    });
  });

  it('that is committed names scenes that there are', () => {
    const file = join(import.meta.dirname, '..', '..', 'bench', 'budget.json');
    const { ratios } = JSON.parse(readFileSync(file, 'utf8')) as Budget;
    const named = Object.values(ratios).flatMap((each) => Object.keys(each));
    const known = scenes.filter(({ isCore }) => isCore === true).map(({ name }) => name);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });
});
