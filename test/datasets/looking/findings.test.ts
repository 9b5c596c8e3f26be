import { describe, expect, it } from 'vitest';
import { settingFor, settingOf } from '../../../src/datasets/looking/deciding-settings.ts';
import {
  atRow,
  counted,
  createFindings,
  optionOf,
} from '../../../src/datasets/looking/findings.ts';
import { undecided, type DecidingOption } from '../../../src/datasets/refusal.ts';
import { errors, withDetails, type GlimpseError } from '../../../src/errors.ts';

const invalid = (details?: Record<string, unknown>): GlimpseError => {
  const error = new errors.GLIMPSE_DATASET_INVALID('it is odd');
  return details ? withDetails(error, details) : error;
};
const tooMany = (details: Record<string, unknown> = {}): GlimpseError =>
  withDetails(new errors.GLIMPSE_TOO_MANY_BAD_ROWS(3, 9, '1'), details);

describe('a setting that decides', () => {
  it.each<[DecidingOption, unknown[], string, string]>([
    ['uri', [], '"dataset": {"uri": "..."}', '...'],
    ['uri', ['a/b.csv'], '"dataset": {"uri": "a/b.csv"}', 'a/b.csv'],
    ['path', [], '"dataset": {"path": "..."}', '--path ...'],
    ['path', ['a b.csv'], '"dataset": {"path": "a b.csv"}', "--path 'a b.csv'"],
    ['path', ["it's"], `"dataset": {"path": "it's"}`, String.raw`--path 'it'\''s'`],
    ['path', [''], '"dataset": {"path": ""}', "--path ''"],
    ['path', ['a\nb'], String.raw`"dataset": {"path": "a\nb"}`, "--path 'a\nb'"],
    ['path', ['$a'], '"dataset": {"path": "$a"}', "--path '$a'"],
    ['path', ['a$'], '"dataset": {"path": "a$"}', "--path 'a$'"],
    ['path', ['a,b:c'], '"dataset": {"path": "a,b:c"}', '--path a,b:c'],
    ['labelsUri', [], '"dataset": {"labelsUri": "..."}', '--labels-uri ...'],
    ['labelColumn', [], '"dataset": {"labelColumn": "NAME"}', '--label-column NAME'],
    ['labelColumn', [-1, 0], '"dataset": {"labelColumn": -1}', '--label-column=-1'],
    ['range', [], '"dataset": {"range": 255}', '--range 255'],
    ['range', [[-2, 2]], '"dataset": {"range": [-2, 2]}', '--range=-2,2'],
    ['layout', [], '"dataset": {"layout": "hwc"}', '--layout hwc'],
    [
      'shape',
      [],
      '"dataset": {"shape": {"width": W, "height": H, "channels": 1}}',
      '--shape WxHx1',
    ],
    [
      'shape',
      [{ width: 3, height: 2, channels: 1 }],
      '"dataset": {"shape": {"width": 3, "height": 2, "channels": 1}}',
      '--shape 3x2x1',
    ],
    ['classes', [], '"dataset": {"classes": ["A", "B"]}', '--classes A,B'],
  ])('is written for a request and for a command: %s %j', (option, values, json, cli) => {
    expect(settingOf(option, values)).toEqual({
      option,
      json,
      cli,
      ...(values.length > 0 && { values }),
    });
  });

  it.each<[string, GlimpseError, string | undefined, object | undefined]>([
    ['what the refusal says', undecided('range', 'x', { values: [1, 2] }), 'd', { values: [1, 2] }],
    [
      'the files it names, by their place',
      undecided('uri', 'x', { names: ['a', 'b'] }),
      'd/',
      { cli: 'd/a', values: ['d/a', 'd/b'] },
    ],
    [
      'files of a folder in another',
      undecided('uri', 'x', { names: ['a'] }),
      'd/e',
      { values: ['d/e/a'] },
    ],
    [
      'values rather than files',
      undecided('uri', 'x', { names: ['a'], values: ['c'] }),
      'd',
      { values: ['c'] },
    ],
    [
      'nothing of a file without a place',
      undecided('uri', 'x', { names: ['a'] }),
      undefined,
      undefined,
    ],
    [
      'a placeholder for a file without a place',
      undecided('path', 'x', { names: ['a'] }),
      undefined,
      { cli: '--path ...' },
    ],
    [
      'a placeholder without a hint',
      undecided('path', 'x', { names: 'a' }),
      'd',
      { cli: '--path ...' },
    ],
    [
      'how many bad rows there are',
      tooMany({ badRows: { count: 3 } }),
      'd',
      { option: 'maxBadRows', json: '"maxBadRows": 3', cli: '--max-bad-rows 3' },
    ],
    ['nothing of bad rows that are not told', tooMany(), 'd', undefined],
    ['nothing of bad rows of another refusal', invalid({ badRows: { count: 3 } }), 'd', undefined],
    ['nothing where no option decides', invalid({ option: 'toString' }), 'd', undefined],
    ['nothing without details', invalid(), 'd', undefined],
  ])('takes from a refusal %s', (_, error, uri, expected) => {
    const found = settingFor(error, { ...(uri !== undefined && { uri }) });
    if (expected) expect(found).toMatchObject(expected);
    else expect(found).toBeUndefined();
  });

  it.each([
    [{ option: 'shape' }, 'shape'],
    [{ option: 'imageColumn' }, undefined],
    [{ option: 7 }, undefined],
    [{ option: ['shape'] }, undefined],
    [undefined, undefined],
  ])('is told by the details of a refusal: %j', (details, option) => {
    expect(optionOf(invalid(details))).toBe(option);
  });
});

describe('findings', () => {
  const note = { code: 'decided', severity: 'note' } as const;

  it('are kept once each, a hundred of them, with five examples', () => {
    const findings = createFindings();
    for (const count of [1, 2]) findings.add({ ...note, message: 'a', count });
    findings.add({ ...note, code: 'ignored-files', message: 'a' });
    findings.add({ ...note, message: 'b', examples: ['1', '2', '3', '4', '5', '6'] });
    expect(findings.list()).toEqual([
      { ...note, message: 'a', count: 1, examples: [] },
      { ...note, message: 'b', examples: ['1', '2', '3', '4', '5'] },
      { ...note, code: 'ignored-files', message: 'a', examples: [] },
    ]);
    for (let at = 0; at < 200; at += 1) findings.add({ ...note, message: `${at}` });
    expect(findings.list()).toHaveLength(100);
  });

  it('begin with questions, then problems, then notes by their codes', () => {
    const findings = createFindings();
    const added = [
      ['outliers', 'note'],
      ['decided', 'note'],
      ['refused', 'problem'],
      ['shape', 'question'],
      ['place', 'question'],
    ] as const;
    for (const [code, severity] of added) findings.add({ code, severity, message: 'x' });
    expect(findings.list().map(({ code }) => code)).toEqual(
      added.map(([code]) => code).toReversed(),
    );
  });

  const setting = settingOf('range', [16]);
  const rows = [
    { line: 4, reason: 'it is dark' },
    { line: 9, entry: 'a.png', reason: 'it is cut off' },
  ];
  it.each<[string, Parameters<ReturnType<typeof createFindings>['addRefusal']>, object]>([
    [
      'a question when a setting decides it',
      [undecided('range', 'what is white'), setting],
      { code: 'range', severity: 'question', message: 'What is white', setting, examples: [] },
    ],
    [
      'a problem when none is known',
      [undecided('layout', 'how do they lie'), undefined],
      { code: 'layout', severity: 'problem', message: 'How do they lie', examples: [] },
    ],
    [
      'a problem when no option decides it',
      [invalid(), setting],
      { code: 'refused', severity: 'problem', message: 'It is odd', setting, examples: [] },
    ],
    [
      'of what lies apart by its name',
      [undecided('range', 'what is white'), setting, 'x/test'],
      { code: 'held-out', severity: 'question', message: 'In x/test: What is white', setting },
    ],
    [
      'bad rows with where they are',
      [tooMany({ badRows: { rows } }), undefined],
      {
        code: 'bad-rows',
        severity: 'problem',
        message: '3 of 9 rows are not usable; at most 1 may be (maxBadRows).',
        examples: ['line 4: it is dark', 'a.png: it is cut off'],
      },
    ],
    [
      'the reason of the first bad row when an option decides it',
      [tooMany({ option: 'range', badRows: { rows } }), setting],
      {
        code: 'range',
        severity: 'question',
        message: 'It is dark',
        examples: ['line 4: it is dark', 'a.png: it is cut off'],
      },
    ],
    [
      'no rows that are none',
      [tooMany({ badRows: { rows: 'all' } }), undefined],
      { code: 'bad-rows', examples: [] },
    ],
    [
      'such a reason as it stands',
      [
        tooMany({
          option: 'range',
          badRows: { rows: [{ line: 1, reason: 'so: The dataset cannot be read: no' }] },
        }),
        setting,
      ],
      { message: 'So: The dataset cannot be read: no' },
    ],
    ['no rows of another refusal', [invalid({ badRows: { rows } }), undefined], { examples: [] }],
    ['no rows that are not told', [tooMany({ badRows: 3 }), undefined], { examples: [] }],
  ])('tell a refusal as %s', (_, refusal, expected) => {
    const findings = createFindings();
    findings.addRefusal(...refusal);
    const [found] = findings.list();
    expect(found).toMatchObject({ error: refusal[0].code, ...expected });
    expect(Object.hasOwn(found!, 'setting')).toBe(refusal[1] !== undefined);
  });

  it('count one and many, and name a row by its file, else its element, else its line', () => {
    expect([0, 1, 2].map((count) => counted(count, 'is', 'are'))).toEqual([
      '0 are',
      '1 is',
      '2 are',
    ]);
    expect([
      atRow({ line: 1 }),
      atRow({ line: 1, element: 0 }),
      atRow({ line: 1, element: 0, entry: 'a' }),
      atRow({ line: 1, reason: 'odd' }),
    ]).toEqual(['line 1', 'element 0', 'a', 'line 1: odd']);
  });
});
