import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { command } from '../../src/cli/publish.ts';
import { encodePng } from '../../src/image/encode-png.ts';
import { createGraph, symbolicBatch } from '../../src/neural/graph.ts';
import { decodeModel } from '../../src/neural/onnx-model.ts';
import { serializeGraph } from '../../src/neural/serialize.ts';
import { createRandom } from '../../src/random.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import { createDiskStore } from '../../src/repository/stores/disk/disk-store.ts';
import { runCommand } from '../support/run-command.ts';
import { quantisationAsked } from '../../src/cli/option-groups/quantise-options.ts';
import { temporaryFolder, writeInto } from '../support/temporary-folder.ts';
import { tinyModel } from '../support/tiny-onnx.ts';
import { tinyPixels, type TinyClass } from '../support/tiny-version.ts';

const classes: readonly TinyClass[] = ['dark', 'left', 'bright'];
const perClass = 30;
let labelled: string;
let loose: string;

/** The images of the tiny model with some noise, in a folder for each class, and all in one. */
beforeAll(async () => {
  [labelled, loose] = [await temporaryFolder(), await temporaryFolder()];
  const random = createRandom(3);
  for (const name of classes) {
    await mkdir(join(labelled, name));
    for (let image = 0; image < perClass; image += 1) {
      const pixels = tinyPixels[name].map((level) =>
        Math.max(0, Math.min(255, level + random.integer(41) - 20)),
      );
      const png = await encodePng(Uint8Array.from(pixels), { width: 2, height: 2, channels: 1 });
      await writeFile(join(labelled, name, `${image}.png`), png);
      await writeFile(join(loose, `${name}-${image}.png`), png);
    }
  }
});

async function publish(model: Uint8Array, ...args: string[]) {
  const root = await temporaryFolder();
  const file = await writeInto(root, 'model.onnx', model);
  const env = { GLIMPSE_REPOSITORY: join(root, 'models'), GLIMPSE_DATA_DIR: join(root, 'data') };
  const words = [file, '--model', 'tiny', '--classes', classes.join(','), ...args];
  const result = await runCommand(command, words, env);
  const repository = createRepository({
    store: createDiskStore({ root: join(root, 'models') }),
    cacheDir: join(root, 'cache'),
    maxArtifactBytes: 1e9,
  });
  return { ...result, repository };
}

/** Each class is told by a weight that is small beside one that all have: eight bits for both leave none of it. */
function unfitModel(): Uint8Array {
  const graph = createGraph();
  const image = graph.input('image', [symbolicBatch, 1, 2, 2]);
  const flat = graph.node('Reshape', [image, graph.integers([-1, 4])], [symbolicBatch, 4]);
  const weights = [500, 500, 500, -2, -1, 1, 0, 2, 0, -2, -1, 1];
  const matrix = graph.constant(Float32Array.from(weights), [4, 3]);
  const bias = graph.constant(Float32Array.of(1, 0, -1), [3]);
  graph.output('logits', graph.node('Gemm', [flat, matrix, bias], [symbolicBatch, 3]));
  return serializeGraph(graph, 'unfit');
}

describe('glimpse publish --quantise', () => {
  it('publishes eight bits with what they change, and golden samples of their own', async () => {
    const golden = join(labelled, 'left', '0.png');
    const quantise = ['--quantise', '--calibration', labelled];
    const { code, stderr, repository } = await publish(
      tinyModel(),
      ...quantise,
      '--golden',
      golden,
    );
    expect(stderr).toContain('eight bits: calibrated on 45 examples, 100.00 % of 45 others');
    expect(code).toBe(0);
    const { quantisation, golden: samples, files } = await repository.manifest('tiny', 1);
    const side = {
      accuracy: 1,
      bytes: expect.any(Number) as number,
      msAlone: expect.any(Number) as number,
      batchSize: expect.any(Number) as number,
      msInBatch: expect.any(Number) as number,
    };
    expect(quantisation).toEqual({
      method: 'static-qdq',
      ranges: expect.stringMatching(/min-max|least-error/) as string,
      calibratedOn: { digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string, examples: 45 },
      comparedOn: 45,
      agreement: 1,
      float: { ...side, bytes: tinyModel().length },
      quantised: { ...side, bytes: files.find(({ path }) => path === 'model.onnx')!.size },
    });
    const { folder } = await repository.open('tiny', 1);
    const { graph } = decodeModel(await readFile(join(folder, 'model.onnx')));
    expect(graph.node.map(({ opType }) => opType)).toContain('QuantizeLinear');
    expect(samples).toMatchObject([{ file: 'golden/0-0.png', label: 'left' }]);
  });

  it('publishes nothing that answers otherwise than the model does, and gives the figures of both', async () => {
    const { code, stderr, repository } = await publish(
      unfitModel(),
      '--quantise',
      '--calibration',
      loose,
    );
    expect(code).toBe(1);
    expect(stderr).toContain('GLIMPSE_QUANTISED_WORSE');
    expect(stderr).toMatch(/[\d.]+ % answered alike, on 45 examples; 99.00 % must be/);
    expect(await repository.models()).toEqual([]);
  });

  it('asks for examples, and for enough of them', async () => {
    const none = await publish(tinyModel(), '--quantise');
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('--quantise needs --calibration');
    const alone = await publish(tinyModel(), '--calibration', loose);
    expect(alone.stderr).toContain('go with --quantise');
    const few = await publish(tinyModel(), '--quantise', '--calibration', join(labelled, 'dark'));
    expect(few.code).toBe(1);
    expect(few.stderr).toContain('there are 30 calibration examples, and at least 64 are needed');
  });

  it('says what it may be worse by, in parts of a hundred', () => {
    const said = {
      quantise: true,
      calibration: loose,
      maxAccuracyFall: undefined,
      minAgreement: undefined,
    };
    expect(quantisationAsked(said)?.gate).toEqual({ maxAccuracyFall: 0.005, minAgreement: 0.99 });
    const other = { ...said, maxAccuracyFall: 1, minAgreement: 95 };
    expect(quantisationAsked(other)?.gate).toEqual({ maxAccuracyFall: 0.01, minAgreement: 0.95 });
    for (const minAgreement of [-1, 101, NaN]) {
      expect(() => quantisationAsked({ ...said, minAgreement })).toThrow(
        '--min-agreement is from 0 to 100.',
      );
    }
    expect(() => quantisationAsked({ ...other, quantise: false })).toThrow('go with --quantise');
  });
});
