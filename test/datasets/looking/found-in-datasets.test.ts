import { plainContract } from '../../../src/preprocessing/presets.ts';
import { withMode } from '../../support/contracts.ts';
import { describe, expect, it } from 'vitest';
import type { ImageShape } from '../../../src/datasets/dataset.ts';
import { findInClasses, findUnmeasured } from '../../../src/datasets/looking/find-in-classes.ts';
import { findInFiles } from '../../../src/datasets/looking/find-in-files.ts';
import { findSame } from '../../../src/datasets/looking/find-same.ts';
import { createFindings } from '../../../src/datasets/looking/findings.ts';
import type { Finding } from '../../../src/datasets/looking/look-report.ts';
import type { LookedAt } from '../../../src/datasets/looking/looked-at.ts';
import { understand } from '../../../src/datasets/looking/understand.ts';
import type { DatasetSpec } from '../../../src/datasets/spec.ts';
import { lookedAt, size, type Told } from './looked-datasets.ts';

const { signal } = new AbortController();

/** What was found, by its code. */
function foundIn(find: (findings: ReturnType<typeof createFindings>) => void) {
  const findings = createFindings();
  find(findings);
  return Object.fromEntries(findings.list().map((one) => [one.code, one])) as Partial<
    Record<Finding['code'], Finding>
  >;
}

const inFiles = (told: Told, asked: DatasetSpec = {}) =>
  foundIn((findings) => {
    const looked = lookedAt(told);
    findInFiles(looked, understand(looked, asked, asked), findings);
  });

const kind = (reason: string, count: number) => ({ reason, count, names: [`${reason}.x`] });

/** An image with a slope, so that it has a hash of its own. */
const image = (seed: number, more = 0): number[] =>
  Array.from({ length: 72 }, (_, at) => ((at * at * (seed + 3) + at * seed * 7) % 200) + more);
const same = async (looked: readonly LookedAt[]) => {
  const findings = createFindings();
  await findSame(looked, findings, signal);
  return findings.list();
};

/** The first words of all that is found in so many odd files. */
const beginningsOf = (count: number) => {
  const originals = Array.from({ length: count }, () => size(3, 1));
  const shape = size(10, 10);
  const opened = {
    badRows: { count, rows: [] },
    damaged: { count, rows: [] },
    ignored: { kinds: [{ reason: 'x', count, names: [] }] } as never,
  };
  return Object.values(inFiles({ originals, shape, opened })).map(({ message }) =>
    message.split(' ').slice(0, 3).join(' '),
  );
};

describe('what is found in files', () => {
  it('is nothing where nothing is odd', () => {
    expect(inFiles({})).toEqual({});
    expect(inFiles({ originals: [size(1, 1)], opened: { format: 'images' } })).toEqual({});
  });

  it('is what was decided, what is damaged, and what was not read', () => {
    const kinds = [
      kind('hidden', 3),
      kind('left by Spark', 2),
      kind('read apart', 4),
      kind('no image', 2),
      kind('not hidden', 1),
    ];
    const damaged = { count: 2, rows: [{ line: 4 }, { line: 5, entry: 'a.png' }] };
    const opened = { notes: ['so'], damaged, ignored: { kinds } as never };
    expect(inFiles({ opened })).toEqual({
      decided: { code: 'decided', severity: 'note', message: 'so', examples: [] },
      'damaged-images': {
        code: 'damaged-images',
        severity: 'note',
        message: '2 images have lost pixels inside the file, and will be learnt from',
        count: 2,
        examples: ['line 4', 'a.png'],
      },
      'ignored-files': {
        code: 'ignored-files',
        severity: 'note',
        message: '3 files beside the data were not read: 2 (no image), 1 (not hidden)',
        count: 3,
        examples: ['no image.x', 'not hidden.x'],
      },
    });
  });

  it('are bad rows that are passed over, unless the dataset is refused for them', () => {
    const looked = lookedAt({
      opened: { badRows: { count: 1, rows: [] }, rowsRead: 9, notes: ['so'] },
    });
    looked.rows.hooks.onBadRow!({ line: 3 }, 'it is odd');
    const find = (findings: ReturnType<typeof createFindings>) =>
      findInFiles(looked, understand(looked, {}, {}), findings);
    expect(foundIn(find)).toMatchObject({
      decided: { message: 'so' },
      'bad-rows': {
        code: 'bad-rows',
        severity: 'note',
        message: '1 row of 9 cannot be used, and will be passed over',
        count: 1,
        examples: ['line 3: it is odd'],
      },
    });
    const refused = foundIn((findings) => {
      findings.add({ code: 'bad-rows', severity: 'problem', message: 'x' });
      findings.add({ code: 'decided', severity: 'note', message: 'x' });
      find(findings);
    });
    expect(refused['bad-rows']!.severity).toBe('problem');
  });

  it('are counted as one or as many', () => {
    expect(beginningsOf(1)).toEqual([
      '1 row of',
      '1 image is',
      '1 image is',
      '1 image has',
      '1 file beside',
    ]);
    expect(beginningsOf(2)).toEqual([
      '2 rows of',
      '2 images are',
      '2 images are',
      '2 images have',
      '2 files beside',
    ]);
  });

  const shape = size(10, 20, 3);
  it('are images stretched by one and a half, the furthest first, where they are stretched at all', () => {
    const originals = [
      size(10, 20),
      size(15, 20),
      size(149, 200),
      undefined,
      size(10, 60),
      size(20, 20),
    ];
    const told = { shape, originals };
    expect(inFiles(told)['stretched-images']).toMatchObject({
      severity: 'note',
      count: 3,
      message:
        '3 images are stretched to 10x20, in one direction at least one and a half times as much as in the other',
      examples: ['line 5 (10x60)', 'line 6 (20x20)', 'line 2 (15x20)'],
      setting: {
        option: 'preprocessing',
        cli: `--preprocessing '{"resize": {"mode": "contain"}}'`,
      },
    });
    for (const prepared of [
      withMode(plainContract(shape), 'contain'),
      { canonicalise: 'handwriting' },
    ])
      expect(inFiles({ ...told, prepared })['stretched-images']).toBeUndefined();
  });

  it('are images less than half as large in both directions', () => {
    const originals = [size(4, 9), size(5, 9), size(4, 10), size(1, 1)];
    expect(inFiles({ shape, originals })['tiny-images']).toEqual({
      code: 'tiny-images',
      severity: 'note',
      message: '2 images are less than half as large as the 10x20 to learn from',
      count: 2,
      examples: ['line 1 (4x9)', 'line 4 (1x1)'],
    });
  });

  const images = { format: 'images' } as const;
  it.each<[string, (ImageShape | undefined)[], number, string, string]>([
    ['one size', [size(70, 80)], 1, '70x80, 0 of them in colour', '64x64x1'],
    [
      'several, most in colour',
      [size(40, 50, 3), size(60, 48, 3), size(99, 31)],
      3,
      '40x50 to 99x31, 2 of them in colour',
      '32x32x3',
    ],
    [
      'as many in colour as grey',
      [size(48, 50, 3), size(48, 50)],
      2,
      '48x50, 1 of them in colour',
      '48x48x1',
    ],
    ['very large ones', [size(900, 900)], 1, '900x900, 0 of them in colour', '64x64x1'],
    ['very small ones', [size(31, 40)], 1, '31x40, 0 of them in colour', '28x28x1'],
    [
      'the usual of many',
      [9, 70, 32].map((side) => size(side, 99)),
      3,
      '9x99 to 70x99, 0 of them in colour',
      '32x32x1',
    ],
    [
      'only another width',
      [size(1, 1), size(2, 1)],
      1,
      '1x1 to 2x1, 0 of them in colour',
      '28x28x1',
    ],
    [
      'only another height',
      [size(1, 2), size(1, 1)],
      1,
      '1x1 to 1x2, 0 of them in colour',
      '28x28x1',
    ],
    ['only colour', [size(1, 1, 3), undefined], 1, '1x1, 1 of them in colour', '28x28x3'],
  ])(
    'are images brought to a shape that nobody chose: %s',
    (_, originals, count, sizes, suggested) => {
      expect(inFiles({ originals, opened: images })['default-shape']).toMatchObject({
        severity: 'note',
        count,
        message: `Its images (${sizes}) are brought to 1x1 grey, since nothing else is said`,
        setting: { option: 'shape', cli: `--shape ${suggested}` },
      });
      expect(inFiles({ originals, opened: images }, { shape: size(1, 1) })).not.toHaveProperty(
        'default-shape',
      );
    },
  );
});

describe('what is found in classes', () => {
  const none = { outliers: [], constant: [], alike: [] };
  const inClasses = (told: Told, images: object = {}) =>
    foundIn((findings) => findInClasses(lookedAt(told), { ...none, ...images }, findings));

  it('is nothing where nothing is odd', () => {
    expect(inClasses({ labels: [0, 1] })).toEqual({});
  });

  it('is which spellings are one class, and which names look alike', () => {
    const classes = ['cat', 'Cat', 'dog'];
    const spellings = ['cat', ' cat', 'Cat', 'dog', '', 'dog', 'emu', 'emu '];
    const found = inClasses({ classes, labels: [0, 0, 1, 2, 2, 2, 2, 2], spellings });
    expect(found).toEqual({
      'merged-labels': {
        code: 'merged-labels',
        severity: 'note',
        message: '2 spellings are one class, "cat"',
        count: 2,
        examples: ['"cat"', '" cat"'],
      },
      'look-alike-names': {
        code: 'look-alike-names',
        severity: 'note',
        message: expect.stringContaining('"cat", "Cat" look alike'),
        count: 2,
        examples: ['cat (2 examples)', 'Cat (1 example)'],
      },
    });
  });

  it('is which images are of one colour or far from others, and which classes look alike', () => {
    const told = { classes: ['a', 'b', 'c'], labels: [0, 1, 2] };
    expect(inClasses(told, { outliers: [2, 0], constant: [1], alike: [[0, 2]] })).toEqual({
      'look-alike-images': {
        code: 'look-alike-images',
        severity: 'note',
        message:
          'The mean images of 1 pair of classes differ no more than chance makes them: are they the same?',
        count: 1,
        examples: ['"a" and "c"'],
      },
      'constant-images': {
        code: 'constant-images',
        severity: 'note',
        message: '1 image is of one colour',
        count: 1,
        examples: ['line 2'],
      },
      outliers: {
        code: 'outliers',
        severity: 'note',
        message: '2 images are far from the mean image of the class',
        count: 2,
        examples: ['line 3 (c)', 'line 1 (a)'],
      },
    });
  });

  it('is counted as one or as many', () => {
    const found = inClasses(
      { labels: [0, 1, 0, 1] },
      {
        outliers: [0],
        constant: [1, 2],
        alike: [
          [0, 1],
          [1, 0],
        ],
      },
    );
    expect(Object.values(found).map(({ message }) => message)).toEqual([
      expect.stringContaining('images of 2 pairs of classes'),
      '2 images are of one colour',
      '1 image is far from the mean image of the class',
    ]);
  });

  it.each<[readonly number[], string | undefined, number, string[]]>([
    [[0, 1], undefined, 0, []],
    [[1, 1], 'for want of examples to measure on: "a"', 1, ['a (2 examples)']],
    [[], 'No example is left to measure on', 2, ['a (2 examples)', 'b (1 example)']],
  ])('is which of them nothing is measured of: %j', (measured, message, count, examples) => {
    const looked = lookedAt({ labels: [0, 0, 1] });
    const found = foundIn((findings) => findUnmeasured(looked, measured, findings));
    expect(found['unmeasured-classes']).toEqual(
      message === undefined
        ? undefined
        : {
            code: 'unmeasured-classes',
            severity: 'note',
            message: expect.stringContaining(message),
            count,
            examples,
          },
    );
  });
});

describe('images that are there twice', () => {
  const shape = size(9, 8);
  it('are told in one part, in several and of several classes, and not where there are none', async () => {
    const pixels = [image(1), image(1), image(2), image(2, 3), image(3), image(3), image(4)].flat();
    const main = lookedAt({
      shape,
      pixels,
      labels: [0, 0, 0, 0, 0, 1, 1],
      parts: ['training', 'training', 'training', 'training', 'training', 'validation', 'training'],
    });
    const apart = lookedAt({
      shape,
      pixels: [image(4), image(9)].flat(),
      labels: [1, 0],
      parts: ['test', 'test'],
      folder: 'test',
    });
    expect(await same([main, apart])).toEqual([
      {
        code: 'conflicts',
        severity: 'note',
        message: expect.stringMatching(/^2 images have the same pixels as one of another class/),
        count: 2,
        examples: ['line 6 (b) as line 5 (a)'],
      },
      {
        code: 'duplicates',
        severity: 'note',
        message: expect.stringMatching(/^1 image has the same pixels as an earlier one/),
        count: 1,
        examples: ['line 2 (a) as line 1 (a)'],
      },
      {
        code: 'shared-between-parts',
        severity: 'note',
        message: expect.stringMatching(/^2 images to choose by or to measure on are nearly/),
        count: 2,
        examples: ['line 6 (validation) as line 5', 'test/line 1 (test) as line 7'],
      },
      {
        code: 'near-duplicates',
        severity: 'note',
        message: '1 image is nearly the same as an earlier one of the same part',
        count: 1,
        examples: ['line 4 as line 3'],
      },
    ]);
    expect(await same([lookedAt({ shape, pixels: image(1), labels: [0] })])).toEqual([]);
  });

  it('are counted as one or as many', async () => {
    const pixels = [image(1), image(1), image(2), image(2, 3), image(2, 5)].flat();
    const parts = ['training', 'test'] as const;
    const found = await same([lookedAt({ shape, pixels, parts, labels: [0, 0, 0, 0, 0] })]);
    expect(found.map(({ message }) => message.split(':')[0])).toEqual([
      expect.stringMatching(/^1 image has the same/),
      '1 image to choose by or to measure on is nearly or wholly the same as one to learn from',
      '2 images are nearly the same as an earlier one of the same part',
    ]);
  });

  it('are shared with none to learn from where there is none', async () => {
    const pixels = [image(1), image(1)].flat();
    const found = await same([
      lookedAt({ shape, pixels, labels: [0, 0], parts: ['validation', 'test'] }),
    ]);
    expect(found.map(({ code }) => code)).toEqual(['duplicates']);
  });
});
