import { describe, expect, it } from 'vitest';
import { cpuMsOfStat, treeOf, treePssMiB } from '../../bench/peers/process-tree.ts';
import { nameOfSource, selfTimes } from '../../bench/peers/profile.ts';
import { filesQuestion, isRight, jpegQuestion } from '../../bench/peers/questions.ts';

describe('a process tree', () => {
  it('counts the time of threads and of children that have ended, whatever the program is called', () => {
    const rest = Array.from({ length: 30 }, () => '0').join(' ');
    const stat = `42 (a) (b c) S 1 42 42 0 -1 4194560 10 20 0 0 11 7 300 2 ${rest}`;
    expect(cpuMsOfStat(stat)).toBe((11 + 7 + 300 + 2) * 10);
  });

  it('has its first process, and some memory', () => {
    expect(treeOf(process.pid)[0]).toBe(process.pid);
    expect(treePssMiB(process.pid)).toBeGreaterThan(10);
  });

  it('is nothing but the number of a process that is gone', () => {
    expect(treeOf(2 ** 22 + 1)).toEqual([2 ** 22 + 1]);
    expect(treePssMiB(2 ** 22 + 1)).toBe(0);
  });
});

describe('an answer', () => {
  const pattern = '"label":"(%d)"';

  it('is right when it names each digit in its place', () => {
    const answer = '{"predictions":[{"label":"7","score":1},{"label":"3","score":0.5}]}';
    expect(isRight(pattern, '73', answer)).toBe(true);
    expect(isRight(pattern, '37', answer)).toBe(false);
    expect(isRight(pattern, '7', answer)).toBe(false);
  });

  it('is wrong when it names none', () => {
    expect(isRight(pattern, '7', '{"predictions":[]}')).toBe(false);
  });
});

describe('a question', () => {
  it('holds as many files as asked for, and the digits that they show', async () => {
    const { body, contentType, expected } = await filesQuestion(8, 3);
    const form = await new Response(new Uint8Array(body), {
      headers: { 'content-type': contentType },
    }).formData();
    expect(form.getAll('image')).toHaveLength(3);
    expect(expected).toBe('890');
  });

  it('is the same picture every time', async () => {
    const [one, other] = await Promise.all([jpegQuestion(4, 64, 48), jpegQuestion(4, 64, 48)]);
    expect(one.body.equals(other.body)).toBe(true);
  });
});

describe('a CPU profile', () => {
  it('names a room of ours and a package of others', () => {
    expect(nameOfSource('../../src/http/predict/predict-route.ts')).toBe('src/http');
    expect(nameOfSource('../../src/tensor.ts')).toBe('src/tensor');
    expect(nameOfSource('/a/node_modules/@fastify/error/index.js')).toBe('@fastify/error');
    expect(nameOfSource('/a/node_modules/sharp/src/x.mjs')).toBe('sharp');
  });

  it('counts what lies between two moments', async () => {
    const frame = { lineNumber: 0, columnNumber: 0 };
    const nodes = [
      { id: 1, callFrame: { ...frame, functionName: '(idle)', url: '' } },
      { id: 2, callFrame: { ...frame, functionName: 'read', url: 'node:fs' } },
      {
        id: 3,
        callFrame: { ...frame, functionName: 'f', url: 'file:///x/node_modules/pino/p.js' },
      },
    ];
    // Samples at 1000, 2000, 4000, 7000 and 11000 microseconds: each stands for the time until the next.
    const profile = {
      nodes,
      startTime: 0,
      samples: [2, 1, 2, 3, 2],
      timeDeltas: [1000, 1000, 2000, 3000, 4000],
    };
    const found = await selfTimes(profile, { fromUs: 1500, untilUs: 8000 });
    expect(Object.fromEntries(found)).toEqual({ '(idle)': 2, Node: 3, pino: 4 });
  });
});
