import { describe, expect, it } from 'vitest';
import { engineFor } from '../../src/publishing/foreign-engine.ts';
import { savedModel, type SavedTensor } from '../support/saved-model.ts';
import { temporaryFolder, writeInto } from '../support/temporary-folder.ts';

const image: SavedTensor = { dtype: 1, shape: [-1, 8, 8, 1] };
const scores: SavedTensor = { dtype: 1, shape: [-1, 3] };
const never = (): Promise<never> => Promise.reject(new Error('no cell is needed'));

/** Opens a SavedModel that takes and gives these tensors. */
async function open(input: SavedTensor, output: SavedTensor, said = {}) {
  const signatures = { serving_default: { inputs: { image: input }, outputs: { scores: output } } };
  const bytes = savedModel({ tags: ['serve'], signatures });
  const file = await writeInto(await temporaryFolder(), 'saved_model.pb', bytes);
  const engine = engineFor(file);
  return { engine, file, graph: await engine.open(file, said, never) };
}

describe('the engine of a model file', () => {
  it('is TensorFlow for the graph of a SavedModel and ONNX Runtime for everything else', () => {
    expect(engineFor('/a/saved_model.pb').runtime).toBe('tensorflow');
    expect(engineFor('/a/model.onnx').runtime).toBe('onnx');
  });

  it('reads a SavedModel without TensorFlow and without a cell, with what is said of its input', async () => {
    const { engine, file, graph } = await open(image, scores, { shape: '8,8,1', output: 'scores' });
    expect(graph).toMatchObject({
      inputs: [{ name: 'image', type: 'float32', shape: ['N', 8, 8, 1], said: { shape: '8,8,1' } }],
      outputs: [{ name: 'scores', type: 'float32', shape: ['N', 3] }],
      outputName: 'scores',
    });
    const fitted = await engine.fitOutput(file, graph, graph.outputs[0]!, 3, 'probabilities');
    expect(fitted).toEqual({ name: 'scores', kind: 'probabilities', notes: [] });
    expect(await engine.operatorOf(file, 'scores')).toBeUndefined();
  });

  it('takes pixels of uint8, which are what an image is', async () => {
    const { graph } = await open({ ...image, dtype: 4 }, scores);
    expect(graph.inputs[0]).toMatchObject({ type: 'uint8' });
  });

  it.each([
    [7, 'takes string, which is encoded images'],
    [19, 'takes float16, and only float32 and uint8'],
  ])('refuses an input of type %i by name', async (dtype, words) => {
    const opened = open({ ...image, dtype }, scores);
    await expect(opened).rejects.toMatchObject({ code: 'GLIMPSE_MODEL_INVALID' });
    await expect(opened).rejects.toThrow(`its input "image" ${words}`);
  });

  it.each([
    [{ dtype: 2, shape: [-1, 3] }, 3, 'its output "scores" gives float64'],
    [{ dtype: 1, shape: [-1, 1] }, 2, 'its output "scores" gives one score for two classes'],
  ])(
    'refuses an output that its graph would have to be changed for: %j',
    async (output, classes, words) => {
      const { engine, file, graph } = await open(image, output);
      const fitted = engine.fitOutput(file, graph, graph.outputs[0]!, classes, undefined);
      await expect(fitted).rejects.toMatchObject({ code: 'GLIMPSE_MODEL_INVALID' });
      await expect(fitted).rejects.toThrow(words);
    },
  );
});
