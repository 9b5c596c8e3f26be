import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { command } from '../../src/cli/publish.ts';
import { encodePng } from '../../src/image/encode-png.ts';
import { symbolicBatch } from '../../src/neural/graph.ts';
import { createDiskStore } from '../../src/repository/stores/disk/disk-store.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import { foreign, graphOf, scoreOf } from '../support/foreign-onnx.ts';
import { hostileModel } from '../support/hostile-onnx.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder, writeInto } from '../support/temporary-folder.ts';
import { tinyModel, type TinyOptions } from '../support/tiny-onnx.ts';
import { tinyScores } from '../support/tiny-version.ts';

let folder: string;
let model: string;
const golden: Record<string, string> = {};

beforeAll(async () => {
  folder = await temporaryFolder();
  model = await writeInto(folder, 'tiny.onnx', tinyModel());
  const size = { width: 2, height: 2, channels: 1 as const };
  for (const [name, pixels] of [
    ['dark', [0, 0, 0, 0]],
    ['left', [255, 0, 255, 0]],
    ['bright', [255, 255, 255, 255]],
  ] as const) {
    golden[name] = await writeInto(
      folder,
      `${name}.png`,
      await encodePng(Uint8Array.from(pixels), size),
    );
  }
});

const classes = ['--classes', 'dark,left,bright'];

/** Publishes into a fresh repository and gives what is in it afterwards. */
async function publish(args: string[], limits: Record<string, string> = {}) {
  const root = await temporaryFolder();
  const env = { GLIMPSE_REPOSITORY: root, GLIMPSE_DATA_DIR: join(root, '.data'), ...limits };
  const result = await runCommand(command, args, env);
  const repository = createRepository({
    store: createDiskStore({ root }),
    cacheDir: join(root, '.cache'),
    maxArtifactBytes: 1e9,
  });
  return { ...result, repository };
}

describe('glimpse publish', () => {
  it.each(['always', 'opening'] as const)(
    'refuses a model that does not come back, and publishes nothing: %s',
    async (kind) => {
      const file = await writeInto(folder, `${kind}.onnx`, hostileModel(kind));
      const args = [file, '--model', 'endless', ...classes];
      const limits = { GLIMPSE_OPEN_TIMEOUT_MS: '3000', GLIMPSE_BATCH_TIMEOUT_MS: '1000' };
      const { code, stderr, repository } = await publish(args, limits);
      expect(stderr).toContain('GLIMPSE_MODEL_TIMEOUT');
      expect(code).toBe(1);
      expect(await repository.versions('endless')).toEqual([]);
    },
  );

  it('publishes a foreign model with what the graph tells about itself', async () => {
    const { code, stdout, stderr, repository } = await publish([
      model,
      '--model',
      'tiny',
      ...classes,
    ]);
    expect(stderr).toContain('input   image NCHW [N, 1, 2, 2] from images of 2 x 2, grey');
    expect(stderr).toContain(
      'pixels  fill 2 x 2 by linear with antialias; icc apply, alpha flatten 255, exif apply',
    );
    expect(stdout).toMatch(/^Published tiny version 1 to /);
    expect(code).toBe(0);
    expect(await repository.manifest('tiny', 1)).toMatchObject({
      signature: {
        input: { name: 'image', layout: 'NCHW', shape: [1, 2, 2] },
        output: { name: 'logits', kind: 'logits' },
        classes: ['dark', 'left', 'bright'],
      },
      preprocessing: { width: 2, height: 2, channels: 1, colourSpace: 'grey', mean: [0], std: [1] },
      lineage: { source: 'tiny.onnx' },
      golden: [],
    });
    await expect(repository.open('tiny', 1)).resolves.toMatchObject({ manifest: { version: 1 } });
  });

  it('publishes a net of four channels where the fourth is said to be alpha, and asks where it is not', async () => {
    // Twice the red, less the alpha, of two by two pixels.
    const weights = Float32Array.from({ length: 16 }, (_, at) => [0.5, 0, 0, -0.25][at >> 2]!);
    const graph = graphOf([4, 2, 2], (built, image) => {
      const flat = built.node('Reshape', [image, built.integers([-1, 16])], [symbolicBatch, 16]);
      const score = built.node('MatMul', [flat, built.constant(weights, [16, 1])], [1, 1]);
      return { p: built.node('Sigmoid', [score], [1, 1]) };
    });
    const file = await writeInto(folder, 'rgba.onnx', graph);
    const picture = async (name: string, ...levels: number[]): Promise<string> => {
      const size = { width: 2, height: 2, channels: 4 } as const;
      const pixels = Uint8Array.from([levels, levels, levels, levels].flat());
      return writeInto(folder, name, await encodePng(pixels, size));
    };
    const solid = await picture('solid.png', 100, 0, 0, 255);
    const clear = await picture('clear.png', 100, 0, 0, 0);
    const args = [file, '--model', 'rgba', '--classes', 'no,yes'];
    const golden4 = ['--golden', `no=${solid}`, '--golden', `yes=${clear}`];
    expect((await publish(args)).stderr).toContain('takes images of 4 channels');
    const said = ['--preprocessing', '{"colourSpace": "rgba"}'];
    const { code, stderr, repository } = await publish([...args, ...golden4, ...said]);
    expect(stderr).toContain('input   image NCHW [N, 4, 2, 2] from images of 2 x 2, rgba');
    expect(code).toBe(0);
    expect(await repository.manifest('rgba', 1)).toMatchObject({
      preprocessing: { channels: 4, colourSpace: 'rgba', alpha: 'keep', mean: [0, 0, 0, 0] },
    });
  });

  it('publishes what other exporters write: no axis of channels, a batch of one, one sigmoid, names in the metadata', async () => {
    const graph = graphOf(
      [2, 2],
      (built, image) => ({ p: built.node('Sigmoid', [scoreOf(built, image)], [1, 1]) }),
      1,
    );
    const metadata = { names: "{0: 'no', 1: 'yes'}" };
    const file = await writeInto(folder, 'binary.onnx', foreign(graph, { metadata }));
    const args = [file, '--model', 'binary', '--golden', `yes=${golden['left']!}`];
    const { code, stderr, repository } = await publish(args);
    expect(stderr).toContain('input   image NHW [1, 2, 2] from images of 2 x 2, grey');
    expect(stderr).toContain('classes no, yes: from the metadata "names"');
    expect(stderr).toContain('"p_classes" has 1 - p and p of the one score "p"');
    expect(code).toBe(0);
    const p = 1 / (1 + Math.exp(-2));
    expect(await repository.manifest('binary', 1)).toMatchObject({
      signature: {
        input: { layout: 'NHW', shape: [2, 2], batch: 1 },
        output: { name: 'p_classes', kind: 'probabilities' },
        classes: ['no', 'yes'],
      },
      golden: [{ label: 'yes', scores: [expect.closeTo(1 - p, 5), expect.closeTo(p, 5)] }],
    });
    await expect(repository.open('binary', 1)).resolves.toMatchObject({ manifest: { version: 1 } });
  });

  it('records what golden samples are answered, and points a label', async () => {
    const { code, stdout, repository } = await publish([
      model,
      '--model',
      'tiny',
      ...classes,
      '--label',
      'production',
      '--json',
      '--golden',
      `dark=${golden['dark']!}`,
      golden['bright']!,
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      golden: [
        { file: 'golden/0-dark.png', label: 'dark' },
        { file: 'golden/1-bright.png', label: 'bright' },
      ],
    });
    const labels = await repository.labels('tiny');
    expect(labels).toMatchObject({ labels: { production: 1, latest: 1 } });
  });

  it('refuses when a golden sample is not answered with its class', async () => {
    const { code, stderr, repository } = await publish([
      model,
      '--model',
      'tiny',
      '--classes',
      'bright,left,dark',
      '--golden',
      `dark=${golden['dark']!}`,
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('should be "dark" and comes out as "bright"');
    expect(await repository.models()).toEqual([]);
  });

  it('takes classes from a file of lines or JSON, and preprocessing from a JSON file', async () => {
    const lines = await writeInto(folder, 'classes.txt', 'dark\r\nleft\n\nbright\n');
    const json = await writeInto(folder, 'classes.json', '["dark", "left, too", "bright"]');
    const contract = await writeInto(folder, 'contract.json', '{"mean": [0.5], "fit": "contain"}');
    const first = await publish([
      model,
      '--model',
      'a',
      '--classes',
      lines,
      '--preprocessing',
      contract,
    ]);
    expect(first.stderr).not.toContain('--help');
    expect(await first.repository.manifest('a', 1)).toMatchObject({
      signature: { classes: ['dark', 'left', 'bright'] },
      preprocessing: { mean: [0.5], resize: { mode: 'contain' }, std: [1], contract: 2 },
    });
    const second = await publish([model, '--model', 'a', '--classes-file', json]);
    expect((await second.repository.manifest('a', 1)).signature.classes[1]).toBe('left, too');
  });

  it('tries everything and publishes nothing in a dry run', async () => {
    const { code, stderr, repository } = await publish([
      model,
      '--model',
      'tiny',
      ...classes,
      '--dry-run',
      '--golden',
      golden['left']!,
    ]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/0-left\.png {5}left {3}0\.\d{3}/);
    expect(await repository.models()).toEqual([]);
  });
});

describe('what the scores of a foreign model are', () => {
  const kinds: [string, TinyOptions, string[], string][] = [
    ['any numbers', {}, [], 'logits'],
    ['a softmax', { head: 'softmax' }, [], 'probabilities'],
    ['a softmax of eight bits', { head: 'eight bits' }, [], 'probabilities'],
    ['a softmax of int8', { head: 'int8' }, [], 'probabilities'],
    ['sigmoids', { head: 'sigmoid' }, [], 'sigmoid'],
    ['sigmoids', { head: 'sigmoid' }, ['--output-kind', 'probabilities'], 'probabilities'],
  ];
  it.each(kinds)('%s are %j %j: %s', async (_, options, words, kind) => {
    const file = await writeInto(folder, 'head.onnx', tinyModel(options));
    const { code, repository } = await publish([file, '--model', 'tiny', ...classes, ...words]);
    expect(code).toBe(0);
    expect((await repository.manifest('tiny', 1)).signature.output.kind).toBe(kind);
  });

  it('is asked for when scores of no known operator from 0 to 1 do not sum to 1', async () => {
    const file = await writeInto(folder, 'head.onnx', tinyModel({ head: 'odds' }));
    const { code, stderr, repository } = await publish([file, '--model', 'tiny', ...classes]);
    expect(code).toBe(2);
    expect(stderr).toContain('do not sum to 1');
    expect(stderr).toContain('--output-kind logits|probabilities|sigmoid');
    expect(await repository.models()).toEqual([]);
  });

  it('cannot be said to be probabilities when they are not', async () => {
    const words = [model, '--model', 'tiny', ...classes, '--output-kind', 'probabilities'];
    const { code, stderr, repository } = await publish(words);
    expect(code).toBe(2);
    expect(stderr).toContain('--output-kind probabilities is for scores from 0 to 1');
    expect(await repository.models()).toEqual([]);
  });
});

const args = (file: string): string[] => [file, '--model', 'tiny', ...classes];

describe('the type of the numbers that a graph takes', () => {
  it('is kept: bytes are the levels of an image, and golden samples are those of the model', async () => {
    const file = await writeInto(folder, 'bytes.onnx', tinyModel({ inputType: 'uint8' }));
    const { code, stderr, repository } = await publish([
      ...args(file),
      '--golden',
      `left=${golden['left']!}`,
    ]);
    expect(code).toBe(0);
    expect(stderr).toContain('[N, 1, 2, 2] of uint8');
    const manifest = await repository.manifest('tiny', 1);
    expect(manifest.signature.input.dtype).toBe('uint8');
    expect(manifest.preprocessing).toMatchObject({ scale: 1, mean: [0], std: [1] });
    const expected = tinyScores('left').map((score) => expect.closeTo(score, 5) as number);
    expect(manifest.golden[0]!.scores).toEqual(expected);
  });

  it('may be half precision, of input and output', async () => {
    const halves = { inputType: 'float16', outputType: 'float16' } as const;
    const file = await writeInto(folder, 'halves.onnx', tinyModel(halves));
    const { code, repository } = await publish([
      ...args(file),
      '--golden',
      `left=${golden['left']!}`,
    ]);
    expect(code).toBe(0);
    const { signature, golden: samples } = await repository.manifest('tiny', 1);
    expect(signature.input.dtype).toBe('float16');
    const expected = tinyScores('left').map((score) => expect.closeTo(score, 3) as number);
    expect(samples[0]!.scores).toEqual(expected);
  });
});

describe('a model that answers with NaN', () => {
  it('moves no label and makes no version', async () => {
    const file = await writeInto(folder, 'nan.onnx', tinyModel({ isNaN: true }));
    const words = [file, '--model', 'tiny', ...classes, '--label', 'production'];
    const { code, stderr, repository } = await publish(words);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain('not finite');
    expect(await repository.models()).toEqual([]);
    expect(await repository.labels('tiny')).toMatchObject({ labels: {} });
  });

  it('to golden samples only is refused, to flat images only is noted', async () => {
    const file = await writeInto(folder, 'nan.onnx', tinyModel({ isNaNWhenBright: true }));
    const words = [file, '--model', 'tiny', ...classes];
    const { code, stderr } = await publish([...words, '--golden', golden['bright']!]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('not finite') });
    const noted = await publish(words);
    expect(noted.code).toBe(0);
    expect(noted.stderr).toContain('an image without any contrast');
  });
});

describe('glimpse publish, used wrongly', () => {
  it.each([
    [['--model', 'x'], "argument 'file'"],
    [['MODEL'], "option '--model <name>'"],
    [['MODEL', '--model', 'x'], 'Name the classes'],
    [['/none.onnx', '--model', 'x', ...classes], 'There is no file'],
    [['MODEL', '--model', 'x', '--classes', 'a,b'], 'GLIMPSE_MODEL_INVALID'],
    [['MODEL', '--model', 'x', '--classes', '/none.txt'], 'neither a list'],
    [
      ['MODEL', '--model', 'x', ...classes, '--preprocessing', 'imagent'],
      'neither a file nor one of plain, mnist',
    ],
    [['MODEL', '--model', 'x', ...classes, '--preprocessing', 'imagenet'], 'GLIMPSE_MODEL_INVALID'],
    [['MODEL', '--model', 'x', ...classes, '--output', 'other'], 'Name one with --output'],
    [
      ['MODEL', '--model', 'x', ...classes, '--output-kind', 'odds'],
      'logits or probabilities or sigmoid',
    ],
    [['MODEL', '--model', 'x', ...classes, '--golden', '/none.png'], 'no golden sample'],
    [['MODEL', '--model', '../x', ...classes], 'GLIMPSE_BAD_NAME'],
    [['NOISE', '--model', 'x', ...classes], 'GLIMPSE_MODEL_INVALID'],
  ])('%j says so and publishes nothing', async (args, sentence) => {
    const noise = await writeInto(folder, 'noise.onnx', 'this is no graph');
    const files: Record<string, string> = { MODEL: model, NOISE: noise };
    const result = await publish(args.map((word) => files[word] ?? word));
    expect(result.stderr).toContain(sentence);
    expect(result.code).toBeGreaterThan(0);
    expect(await result.repository.models()).toEqual([]);
  });
});
