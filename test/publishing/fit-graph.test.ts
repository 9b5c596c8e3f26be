import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { symbolicBatch } from '../../src/neural/graph.ts';
import { chooseOutput } from '../../src/publishing/choose-output.ts';
import { namesOfGraph } from '../../src/publishing/class-names.ts';
import { fitOutput, openGraph } from '../../src/publishing/fit-graph.ts';
import { inspectOnnx } from '../../src/runtime/inspect-onnx.ts';
import { openOnnxRuntime } from '../../src/runtime/onnx-runtime.ts';
import { readGraph } from '../../src/runtime/onnx-file/read-graph.ts';
import { stack } from '../../src/tensor.ts';
import { foreign, graphOf, scoreOf } from '../support/foreign-onnx.ts';
import { temporaryFolder, writeInto } from '../support/temporary-folder.ts';
import { tinyLogits, tinyModel } from '../support/tiny-onnx.ts';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});

const images = [
  [0, 0, 0, 0],
  [1, 0.5, 0, 0.25],
].map((row) => Float32Array.from(row));

/** What the fitted file answers to two images. */
async function answers(model: Uint8Array, classes: string[], output?: string) {
  const file = await writeInto(folder, 'model.onnx', model);
  const graph = await openGraph(file, { output }, inspectOnnx);
  const wish = { name: graph.outputName, batch: graph.inputs[0]?.shape[0] };
  const chosen = chooseOutput(graph.outputs, classes.length, wish);
  const { name, kind, notes } = await fitOutput(file, graph, chosen, classes.length, undefined);
  const runtime = await openOnnxRuntime({
    file,
    threads: 1,
    signature: {
      input: { name: 'image', dtype: 'float32', layout: 'NCHW', shape: [1, 2, 2] },
      output: { name, kind: kind ?? 'logits' },
      classes,
    },
  });
  try {
    const { data } = await runtime.infer(stack(images, [1, 2, 2]));
    return { name, kind, notes: [...graph.notes, ...notes], data: [...data], file };
  } finally {
    await runtime.close();
  }
}
const near = (values: number[]) => values.map((value) => expect.closeTo(value, 6) as number);
const noYes = ['no', 'yes'];

describe('a graph of an exporter', () => {
  it('with one sigmoid for two classes is rewritten to give 1 - p and p', async () => {
    const model = graphOf([1, 2, 2], (graph, image) => ({
      p: graph.node('Sigmoid', [scoreOf(graph, image)], [symbolicBatch, 1]),
    }));
    const { data, kind, notes } = await answers(model, noYes);
    const p = 1 / (1 + Math.exp(-1.75));
    expect(data).toEqual(near([0.5, 0.5, 1 - p, p]));
    expect(kind).toBe('probabilities');
    expect(notes).toEqual(['graph   "p_classes" has 1 - p and p of the one score "p"']);
  });

  it('with one logit for two classes is rewritten to give 0 and x, whose softmax is its sigmoid', async () => {
    const model = graphOf([1, 2, 2], (graph, image) => ({ x: scoreOf(graph, image) }));
    const { data, kind } = await answers(model, noYes);
    expect(data).toEqual(near([0, 0, 0, 1.75]));
    expect(kind).toBe('logits');
  });

  it('whose one score could be anything is refused with the question', async () => {
    const model = graphOf([1, 2, 2], (graph, image) => ({
      x: graph.node('Tanh', [scoreOf(graph, image)], [symbolicBatch, 1]),
    }));
    await expect(answers(model, noYes)).rejects.toThrow(/comes from Tanh: say with --output-kind/);
  });

  it('that ends in a ZipMap gives the tensor before it, whichever of the two is named', async () => {
    const model = foreign(tinyModel({ head: 'softmax', outputName: 'probabilities' }), {
      zipMap: { output: 'probabilities', classes: ['dark', 'left', 'bright'] },
    });
    for (const output of [undefined, 'output_probability', 'probabilities']) {
      const found = await answers(model, ['dark', 'left', 'bright'], output);
      expect(found.name).toBe('probabilities');
      expect(found.notes).toEqual(['graph   the maps "output_probability" (ZipMap) are left out']);
      const powers = tinyLogits(images[1]!).map(Math.exp);
      const sum = powers.reduce((all, one) => all + one, 0);
      expect(found.data.slice(3)).toEqual(near(powers.map((power) => power / sum)));
    }
  });

  it('is changed in nothing else: its weights are written as they were', async () => {
    const model = graphOf([1, 2, 2], (graph, image) => ({ x: scoreOf(graph, image) }));
    const { file } = await answers(model, noYes);
    const [before, after] = [readGraph(model), readGraph(await readFile(file))];
    expect(after.weights).toEqual(before.weights);
    expect(after.nodes.map(({ op }) => op)).toEqual([
      ...before.nodes.map(({ op }) => op),
      'Flatten',
      'Sub',
      'Concat',
    ]);
    expect(after.outputs).toEqual(['x_classes']);
  });

  it('with the scores in maps of one pixel is taken as it is', async () => {
    const model = graphOf([1, 2, 2], (graph, image) => {
      const maps = graph.node('Reshape', [image, graph.integers([-1, 4, 1, 1])], [-1, 4, 1, 1]);
      return { maps };
    });
    const { data, notes } = await answers(model, ['a', 'b', 'c', 'd']);
    expect(data).toEqual(images.flatMap((row) => [...row]));
    expect(notes).toEqual([]);
  });

  it('for a batch of one that drops its axis is run once for each image', async () => {
    const model = graphOf(
      [1, 2, 2],
      (graph, image) => ({ flat: graph.node('Reshape', [image, graph.integers([4])], [4]) }),
      1,
    );
    const file = await writeInto(folder, 'one.onnx', model);
    const { outputs, inputs } = await openGraph(file, {}, inspectOnnx);
    expect(chooseOutput(outputs, 4, { name: undefined, batch: inputs[0]!.shape[0] }).name).toBe(
      'flat',
    );
    const signature = {
      input: {
        name: 'image',
        dtype: 'float32' as const,
        layout: 'NCHW' as const,
        shape: [1, 2, 2],
        batch: 1,
      },
      output: { name: 'flat', kind: 'logits' as const },
      classes: ['a', 'b', 'c', 'd'],
    };
    const runtime = await openOnnxRuntime({ file, threads: 1, signature });
    const { data } = await runtime.infer(stack(images, [1, 2, 2]));
    expect([...data]).toEqual(images.flatMap((row) => [...row]));
    await runtime.close();
  });

  it.each([
    [
      { opset: 99 },
      /opset 99 of ai\.onnx, and ONNX Runtime here knows them up to \d+: export it with opset \d+ or an earlier/,
    ],
    [{ irVersion: 99 }, /IR version 99, and ONNX Runtime here reads it up to \d+/],
  ])('that is too new is refused by name, with what to do: %j', async (parts, reason) => {
    const file = await writeInto(folder, 'new.onnx', foreign(tinyModel(), parts));
    await expect(openGraph(file, {}, inspectOnnx)).rejects.toThrow(reason);
  });

  it('that is none is refused', async () => {
    const file = await writeInto(folder, 'none.onnx', Buffer.from('not a model'));
    await expect(openGraph(file, {}, inspectOnnx)).rejects.toThrow(/it is not an ONNX file/);
  });
});

const port = (name: string, shape: (number | string)[], type = 'float32') => ({
  name,
  type,
  shape,
});

describe('the output of the scores', () => {
  const two = [
    port('features', ['N', 64]),
    port('logits', ['N', 10]),
    port('label', ['N'], 'int64'),
  ];

  it.each([
    [two, 10, undefined, 'logits'],
    [two, undefined, 'features', 'features'],
    [[port('a', ['N', 1]), port('b', ['N', 2])], 2, undefined, 'b'],
    [[port('a', ['N', 1])], 2, undefined, 'a'],
    [[port('maps', ['N', 64, 7, 7]), port('scores', ['N', 10, 1, 1])], 10, undefined, 'scores'],
    [[port('open', ['N', '?']), port('ten', ['N', 10])], 10, undefined, 'ten'],
    [[port('open', ['N', '?'])], 10, undefined, 'open'],
    [[port('double', ['N', 10], 'float64')], 10, undefined, 'double'],
  ])('is the one that has a score for each class: %j for %s', (outputs, classes, name, chosen) => {
    expect(chooseOutput(outputs, classes, { name, batch: 'N' }).name).toBe(chosen);
  });

  it.each([
    [
      two,
      11,
      undefined,
      /no output gives scores for 11 classes of float32 or float16: it has "features" of float32 \[N, 64\] and/,
    ],
    [two, 10, 'features', /no output called "features" gives/],
    [
      [port('a', ['N', 3]), port('b', ['N', 3])],
      3,
      undefined,
      /more than one output .*Name one with --output/,
    ],
    [two, 10, 'label', /no output called "label"/],
  ])('is asked for where it is none or several: %j for %s', (outputs, classes, name, reason) => {
    expect(() => chooseOutput(outputs, classes, { name, batch: 'N' })).toThrow(reason);
  });
});

const inMetadata = (metadata: Record<string, string>) =>
  namesOfGraph(readGraph(foreign(tinyModel(), { metadata })));

/** Names within so many configurations. */
const namesWithin = (levels: number): string =>
  `${'{"names": '.repeat(levels)}["no", "yes"]${'}'.repeat(levels)}`;

describe('the names of the classes', () => {
  it.each([
    [{ names: "{0: 'person', 1: \"driver's\", 2: 'a, b'}" }, ['person', "driver's", 'a, b']],
    [{ names: "['a', 'it\\'s']" }, ['a', "it's"]],
    [{ id2label: '{"1": "one", "0": "none"}' }, ['none', 'one']],
    [{ config: '{"model_type": "vit", "id2label": {"0": "cat", "1": "dog"}}' }, ['cat', 'dog']],
    [{ classes: '["no", "yes"]' }, ['no', 'yes']],
    [{ labels: 'no, yes' }, ['no', 'yes']],
    [{ class_names: 'no\nyes\n' }, ['no', 'yes']],
    [{ class_names: 'no\r\nyes' }, ['no', 'yes']],
    // What names nothing, or one thing twice, is passed over.
    [{ names: '{"0": "a", "2": "b"}', labels: 'x,y' }, ['x', 'y']],
    [{ classes: '["a", "a"]' }, undefined],
    [{ classes: '80' }, undefined],
    [{ names: '{0: ' }, undefined],
  ])('are read from the metadata %j', (metadata, names) => {
    expect(inMetadata(metadata)?.names).toEqual(names);
  });

  it('are not looked for in configurations nested without end', () => {
    expect(inMetadata({ config: namesWithin(3) })?.names).toEqual(['no', 'yes']);
    expect(inMetadata({ config: namesWithin(100_000) })).toBeUndefined();
  });

  it.each([
    ['digits', '1'.repeat(900_000)],
    ['texts without an end', "'\\".repeat(450_000)],
    ['quotes', `"'`.repeat(450_000)],
    ['spaces', '1 '.repeat(450_000)],
    ['more than names are', `'${'a'.repeat(20_000_000)}'`],
  ])('are looked for in %s without end in time that grows with them', (_, text) => {
    const startedAt = performance.now();
    expect(inMetadata({ names: `{${text}` })).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it.each([[['no', 'yes', 'maybe']], [[-1, 0, 1]]])('are read from a ZipMap: %j', (classes) => {
    const model = foreign(tinyModel(), { zipMap: { output: 'logits', classes } });
    expect(namesOfGraph(readGraph(model))).toEqual({
      names: classes.map(String),
      from: 'its operator ZipMap',
    });
  });
});
