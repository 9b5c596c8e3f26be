import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { convertFile, type ConvertedModel } from '../../src/converting/convert-file.ts';
import { buildTensorflow } from '../../src/converting/build-graph.ts';
import { decodeGraph } from '../../src/converting/graphs/read-graph-def.ts';
import { readFrozenGraph } from '../../src/converting/read-graph.ts';
import { modelFormatOf } from '../../src/converting/model-format.ts';
import { isGlimpseError } from '../../src/errors.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import {
  floats,
  frozen,
  ints,
  node,
  placeholder,
  text,
  whole,
  type NodeDef,
} from './graph-file.ts';

const folder = await temporaryFolder();
const maxBytes = 1e6;
let written = 0;

async function fileOf(bytes: Uint8Array | string, name = 'graph.pb'): Promise<string> {
  written += 1;
  const own = join(folder, String(written));
  await mkdir(own);
  await writeFile(join(own, name), bytes);
  return join(own, name);
}

interface Converted extends ConvertedModel {
  readonly outputs: readonly string[];
  readonly scores: readonly number[];
}

/** What is known of a file that was converted, and what it answers to ones. */
async function convert(file: string, output?: string, side = 2): Promise<Converted> {
  const to = `${file}.onnx`;
  const said = { width: side, height: side };
  const known = await convertFile({ file, to, said, maxBytes, output });
  const session = await ort.InferenceSession.create(await readFile(to), { logSeverityLevel: 3 });
  const ones = new ort.Tensor('float32', new Float32Array(side * side).fill(1), [1, 1, side, side]);
  const { outputNames } = session;
  const { [outputNames[0]!]: scores } = await session.run({ image: ones });
  await session.release();
  return { ...known, outputs: outputNames, scores: Array.from(scores!.data as Float32Array) };
}

/** Why a file is refused. */
async function refusal(
  bytes: Uint8Array | string,
  name?: string,
  output?: string,
): Promise<string> {
  const file = await fileOf(bytes, name);
  const request = { file, to: `${file}.onnx`, said: undefined, maxBytes, output };
  const error: unknown = await convertFile(request).catch((reason: unknown) => reason);
  return isGlimpseError(error) ? `${error.code} ${error.message}` : `not refused: ${String(error)}`;
}

const image = placeholder('x', [-1, 2, 2, 1]);
const mean: NodeDef[] = [whole('axes', [1, 2]), node('Mean', ['x', 'axes'])];
const refused = (...nodes: readonly NodeDef[]): Promise<string> =>
  refusal(frozen([image, ...nodes]));

describe('frozen graphs of TensorFlow as ONNX', () => {
  it('are known by their first bytes, whatever they are called', async () => {
    const bytes = frozen([image, ...mean]);
    expect(await modelFormatOf(await fileOf(bytes, 'model.onnx'))).toBe('graph');
    expect(await modelFormatOf(await fileOf('\nno graph\n', 'model.pb'))).toBe('onnx');
  });

  it('give what nobody takes, each under its name where there are several', async () => {
    const one = await convert(await fileOf(frozen([image, ...mean, node('Identity', ['mean'])])));
    expect(one).toMatchObject({
      outputs: ['scores'],
      scores: [1],
      isImage: true,
      output: undefined,
    });
    const two = [node('Exp', ['mean']), node('Neg', ['mean'])];
    const { outputs } = await convert(await fileOf(frozen([image, ...mean, ...two])));
    expect(outputs).toEqual(['scores:exp:0', 'scores:neg:0']);
  });

  it('give the node that is asked for, of several or from within', async () => {
    const file = await fileOf(
      frozen([image, ...mean, node('Exp', ['mean']), node('Neg', ['mean'])]),
    );
    expect(await convert(file, 'neg')).toMatchObject({
      outputs: ['scores'],
      scores: [-1],
      output: 'scores',
    });
    expect((await convert(file, 'scores:mean:0')).scores).toEqual([1]);
    expect(await refusal(frozen([image, ...mean]), 'g.pb', 'other')).toContain('no node "other"');
  });

  it('give the scores that an ArgMax chooses from, and leave it out beside others', async () => {
    const best = [whole('last', -1), node('ArgMax', ['mean', 'last'])];
    expect((await convert(await fileOf(frozen([image, ...mean, ...best])))).scores).toEqual([1]);
    const beside = [node('Neg', ['mean']), ...best];
    expect((await convert(await fileOf(frozen([image, ...mean, ...beside])))).scores).toEqual([-1]);
  });

  it('take images of whole numbers, which are levels, once they are cast', async () => {
    const bytes = placeholder('x', [-1, 2, 2, 1], 'DT_UINT8');
    const cast = node('Cast', ['x'], { DstT: { type: 'DT_FLOAT' } });
    const after = [whole('axes', [1, 2]), node('Mean', ['cast', 'axes'])];
    expect(await convert(await fileOf(frozen([bytes, cast, ...after])))).toMatchObject({
      takesLevels: true,
      scores: [1],
    });
    expect(await refusal(frozen([bytes, node('Neg', ['x'])]))).toMatch(
      /UNSUPPORTED .*whole numbers/,
    );
  });

  it('see from a division by 127.5 that pixels are levels', async () => {
    const scaled = [
      floats('c', [], [127.5]),
      node('RealDiv', ['x', 'c']),
      node('Exp', ['realdiv']),
    ];
    expect((await convert(await fileOf(frozen([image, ...scaled])))).takesLevels).toBe(true);
  });

  it('take the size that is said where they leave it open, and ask for it otherwise', async () => {
    const open = frozen([placeholder('x', [-1, -1, -1, 1]), ...mean]);
    expect((await convert(await fileOf(open), undefined, 3)).scores).toEqual([1]);
    expect(await refusal(open)).toMatch(/UNSUPPORTED .*name their width and height/);
  });
});

/** A graph model of TF.js in a folder of its own: an image times a weight. */
async function tfjs(
  specs: readonly object[],
  shard: Uint8Array,
  change: (json: Record<string, unknown>) => object = (json) => json,
): Promise<string> {
  const tensor = { dtype: 'DT_FLOAT', tensorShape: { dim: [{ size: '1' }] } };
  const json = {
    format: 'graph-model',
    modelTopology: {
      node: [
        {
          name: 'x',
          op: 'Placeholder',
          attr: {
            dtype: { type: 'DT_FLOAT' },
            shape: { shape: { dim: ['-1', '2', '2', '1'].map((size) => ({ size })) } },
          },
        },
        { name: 'w', op: 'Const', attr: { dtype: { type: 'DT_FLOAT' }, value: { tensor } } },
        { name: 'y', op: 'Mul', input: ['x', 'w'], attr: { T: { type: 'DT_FLOAT' } } },
        { name: 'z', op: 'Neg', input: ['y'] },
      ],
    },
    signature: { inputs: { image: { name: 'x:0' } }, outputs: { scores: { name: 'y:0' } } },
    weightsManifest: [{ paths: ['w.bin'], weights: specs }],
  };
  const file = await fileOf(JSON.stringify(change(json)), 'model.json');
  await writeFile(join(file, '..', 'w.bin'), shard);
  return file;
}

const spec = { name: 'w', shape: [1], dtype: 'float32' };
const three = new Uint8Array(Float32Array.of(3).buffer);

/** Why a model is refused. */
async function whyNot(file: string): Promise<string> {
  const request = { file, to: `${file}.onnx`, said: undefined, maxBytes };
  return String(await convertFile(request).catch((error: unknown) => error));
}

/** A signature that names that output. */
const named = (name: unknown) => (json: Record<string, unknown>) => ({
  ...json,
  signature: { outputs: { scores: { name } } },
});

describe('graph models of TF.js as ONNX', () => {
  it('give what their signature names, with weights from the shards and classes from beside', async () => {
    const file = await tfjs([spec], three);
    await writeFile(join(file, '..', 'metadata.json'), JSON.stringify({ labels: ['a', 'b'] }));
    const { scores, outputs, classes } = await convert(file);
    expect({ scores, outputs, classes }).toEqual({
      scores: [3, 3, 3, 3],
      outputs: ['scores'],
      classes: ['a', 'b'],
    });
  });

  it('give what nobody takes where no signature names anything', async () => {
    const file = await tfjs([spec], three, (json) => ({ ...json, signature: {} }));
    expect((await convert(file)).scores[0]).toBe(-3);
  });

  it.each([
    [{ dtype: 'uint8', min: 1, scale: 0.5 }, Uint8Array.of(4)],
    [{ dtype: 'uint16', min: -1, scale: 0.01 }, Uint8Array.of(0x90, 0x01)],
    [{ dtype: 'float16' }, Uint8Array.of(0x00, 0x42)],
  ])('are read with weights quantised as %j', async (quantization, shard) => {
    const { scores } = await convert(await tfjs([{ ...spec, quantization }], shard));
    expect(scores[0]).toBeCloseTo(3, 5);
  });

  it('are refused without their weights, and with names that are not there', async () => {
    expect(await whyNot(await tfjs([], three))).toMatch(/"w" has no numbers/);
    expect(await whyNot(await tfjs([spec], three.subarray(1)))).toMatch(/shards end before "w"/);
    expect(await whyNot(await tfjs([spec, spec], Buffer.concat([three, three])))).toMatch(
      /same name/,
    );
    expect(await whyNot(await tfjs([spec], three, named('other:0')))).toMatch(/no node "other"/);
    expect(await whyNot(await tfjs([spec], three, named(7)))).toMatch(/no name for "scores"/);
  });
});

describe('graphs that are not converted', () => {
  it('are refused by the operation and the node, with what to do', async () => {
    const sentence = await refused(node('Fancy', ['x'], {}, 'head/fancy'));
    expect(sentence).toContain('the operation "Fancy" of the node "head/fancy" is not converted');
    expect(sentence).toContain('tf2onnx');
    expect(await refused(node('constructor', ['x']))).toContain('is not converted');
    expect(
      await refused(
        node('ReadVariableOp', ['v']),
        node('VarHandleOp', [], {}, 'v'),
        node('Mul', ['x', 'readvariableop']),
      ),
    ).toContain('convert_variables_to_constants_v2');
    expect(await refused(node('StatefulPartitionedCall', ['x']))).toContain('functions are not');
    expect(await refused(node('Switch', ['x', 'x']))).toContain('control flow');
  });

  it('are refused with the names of their inputs where they take several, or texts', async () => {
    const two = [placeholder('y', [-1, 2, 2, 1]), node('Add', ['x', 'y'])];
    expect(await refused(...two)).toMatch(/2 inputs \("x", "y"\)/);
    const encoded = [placeholder('b', [-1], 'DT_STRING'), node('Neg', ['b'])];
    expect(await refusal(frozen(encoded))).toMatch(/images come as pixels/);
    expect(await refusal(frozen([floats('c', [1], [1]), node('Neg', ['c'])]))).toMatch(
      /nothing comes out/,
    );
  });

  it('are refused when they train, have blocks of channels, or go across images', async () => {
    const norms = ['a', 'b', 'c', 'd'].map((name) => floats(name, [1], [1]));
    expect(await refused(...norms, node('FusedBatchNormV3', ['x', 'a', 'b', 'c', 'd']))).toContain(
      'as in training',
    );
    const kernel = floats('k', [1, 1, 1, 1], [1]);
    expect(
      await refused(kernel, node('Conv2D', ['x', 'k'], { data_format: text('NCHW_VECT_C') })),
    ).toContain('NCHW_VECT_C');
    expect(await refused(whole('a', [0]), node('Mean', ['x', 'a']))).toContain(
      'goes across the images',
    );
    expect(await refused(whole('s', [4]), node('Reshape', ['x', 's']))).toContain('cannot become');
  });

  it('are refused when their nodes take each other in a circle, or what is not there', async () => {
    const circle = [node('Add', ['x', 'mul']), node('Mul', ['add', 'add']), node('Neg', ['mul'])];
    expect(await refused(...circle)).toMatch(/FILE_INVALID .*in a circle/);
    expect(await refused(node('Neg', ['nobody']), node('Add', ['x', 'neg']))).toMatch(
      /FILE_INVALID .*no node "nobody"/,
    );
    expect(await refused(node('Neg', ['x:7']))).toMatch(
      /FILE_INVALID .*no output 7 of the node "x"/,
    );
    expect(await refused(node('Add', ['x']))).toMatch(/FILE_INVALID .*takes too little/);
    expect(await refused(image)).toMatch(/FILE_INVALID .*same name/);
  });

  it('are refused when few bytes stand for very many numbers', async () => {
    const huge = { dtype: 'DT_FLOAT', tensorShape: { dim: [{ size: 2 ** 40 }] }, floatVal: [1] };
    const constant = {
      name: 'c',
      op: 'Const',
      attr: { dtype: { type: 'DT_FLOAT' }, value: { tensor: huge } },
    };
    expect(await refused(constant, node('Mul', ['x', 'c']))).toContain(
      'GLIMPSE_MODEL_FILE_TOO_LARGE',
    );
    const dims = [whole('d', [100_000, 100_000]), floats('v', [], [1])];
    const filled = [...dims, node('Fill', ['d', 'v']), node('Mul', ['x', 'fill'])];
    expect(await refused(...filled)).toContain('GLIMPSE_MODEL_FILE_TOO_LARGE');
    const column = floats(
      'a',
      [2000, 1],
      Array.from({ length: 2000 }, () => 1),
    );
    const line = floats(
      'b',
      [1, 2000],
      Array.from({ length: 2000 }, () => 1),
    );
    const product = [column, line, node('Mul', ['a', 'b'], {}, 'p'), node('Add', ['x', 'p'])];
    expect(await refused(...product)).toContain('GLIMPSE_MODEL_FILE_TOO_LARGE');
  });

  it('are refused for attributes and lists that nothing can be meant by', async () => {
    const kernel = floats('k', [1, 1, 1, 1], [1]);
    const conv = (attr: Record<string, object>): Promise<string> =>
      refused(kernel, node('Conv2D', ['x', 'k'], attr));
    expect(await conv({ strides: ints(1, 0, 1, 1) })).toMatch(/strides of \[1, 0, 1, 1\]/);
    expect(await conv({ strides: ints(1, 2 ** 40, 1, 1) })).toMatch(/UNSUPPORTED/);
    expect(await conv({ strides: ints(...Array.from({ length: 99 }, () => 1)) })).toMatch(
      /list "strides" of 99/,
    );
    expect(
      await conv({ padding: text('EXPLICIT'), explicit_paddings: ints(1, 1, -4, 0, 0, 0, 0, 0) }),
    ).toMatch(/no padding/);
    expect(
      await refused(
        whole('n', [1]),
        floats('s', [], [1]),
        node('StridedSlice', ['x', 'n', 'n', 'n', 's']),
      ),
    ).toMatch(/some images only/);
    expect(
      await refused(whole('a', 3), node('Split', ['a', 'x'], { num_split: { i: 2 ** 31 } })),
    ).toMatch(/UNSUPPORTED/);
    expect(await refused(whole('p', [1, 2, 3]), node('Pad', ['x', 'p']))).toMatch(/pads by/);
    expect(
      await refused(whole('s', [2 ** 30, 2 ** 30]), node('ResizeBilinear', ['x', 's'])),
    ).toMatch(/resizes to no size/);
  });

  it('are refused, or converted, with any of their bytes changed or cut off, and never otherwise', () => {
    const kernel = floats('k', [2, 2, 1, 2], [1, 2, 3, 4, 5, 6, 7, 8]);
    const nodes = [
      image,
      kernel,
      node('Conv2D', ['x', 'k'], { strides: ints(1, 1, 1, 1), padding: text('SAME') }),
      ...mean,
    ];
    const bytes = frozen(nodes);
    expect(decodeGraph(bytes).size).toBe(5);
    const codes = new Set<string>();
    const tried = (changed: Uint8Array): void => {
      try {
        buildTensorflow(readFrozenGraph(changed), maxBytes);
      } catch (error) {
        if (!isGlimpseError(error)) throw error;
        codes.add(error.code);
      }
    };
    for (let at = 0; at < bytes.length; at += 1) {
      tried(bytes.subarray(0, at));
      for (const value of [0, 0x7f, 0xff, bytes[at]! ^ 1]) {
        tried(Buffer.concat([bytes.subarray(0, at), Uint8Array.of(value), bytes.subarray(at + 1)]));
      }
    }
    expect([...codes].toSorted()).toEqual(
      expect.arrayContaining(['GLIMPSE_MODEL_FILE_INVALID', 'GLIMPSE_MODEL_UNSUPPORTED']),
    );
  });
});
