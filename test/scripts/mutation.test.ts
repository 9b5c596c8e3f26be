import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  compareSurvivors,
  resultOf,
  type Excused,
  type Report,
} from '../../scripts/mutation/survivors.ts';

const root = join(import.meta.dirname, '..', '..');
const excused = JSON.parse(
  readFileSync(join(root, 'scripts', 'mutation', 'survivors.json'), 'utf8'),
) as Excused[];

const mutant = (status: string, line: number, from: number, to: number) => ({
  status,
  mutatorName: 'BooleanLiteral',
  replacement: 'false',
  location: { start: { line, column: from }, end: { line, column: to } },
});
const report: Report = {
  files: {
    'src/b.ts': { source: 'true', mutants: [mutant('Survived', 1, 1, 5)] },
    'src/a.ts': {
      source: 'const one = true;\n  const two = true;\nconst three = true;',
      mutants: [
        mutant('Killed', 1, 13, 17),
        mutant('Survived', 2, 15, 19),
        mutant('NoCoverage', 3, 15, 19),
        mutant('Timeout', 3, 15, 19),
        mutant('Ignored', 3, 15, 19),
      ],
    },
  },
};
const two = {
  file: 'src/a.ts',
  mutator: 'BooleanLiteral',
  line: 'const two = true;',
  from: 'true',
  to: 'false',
};
const three = { ...two, line: 'const three = true;' };

describe('the survivors of a mutation test', () => {
  it('are the changes that no test noticed or passed through, by their words', () => {
    expect(resultOf(report, (file) => file === 'src/a.ts')).toEqual({
      tried: 4,
      notTried: 1,
      survivors: [two, three],
    });
  });

  it('need a reason each, and every reason a survivor', () => {
    const old = { ...two, line: 'const four = true;', why: 'it was so' };
    const { unexcused, gone } = compareSurvivors([two, three], [{ ...two, why: 'so' }, old]);
    expect(unexcused).toEqual([three]);
    expect(gone).toEqual([old]);
  });
});

describe('survivors.json', () => {
  it('excuses only lines that are there, each with a reason', () => {
    const wrong = excused.filter(
      ({ file, line, from, why }) =>
        !readFileSync(join(root, file), 'utf8').includes(line) ||
        !line.includes(from.split('\n')[0]!) ||
        why.length < 20,
    );
    expect(wrong).toEqual([]);
  });
});
