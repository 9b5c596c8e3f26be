import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { errors } from '../errors.ts';
import type { Manifest } from '../repository/manifest.ts';
import { outputOperator } from '../runtime/output-operator.ts';
import type { OnnxGraph } from '../runtime/onnx-file/read-graph.ts';
import { servingSignature } from '../runtime/saved-model.ts';
import { scoresOf } from './choose-output.ts';
import { fitOutput, openGraph, type ForeignGraph } from './fit-graph.ts';
import { savedModelName } from './gather-saved-model.ts';

/** What there is to know and to change of a model file, by the engine that runs it. */
export interface ForeignEngine {
  readonly runtime: Manifest['runtime'];
  readonly open: typeof openGraph;
  readonly fitOutput: typeof fitOutput;
  /** The operator that makes an output, as far as the file tells. */
  operatorOf(file: string, output: string): Promise<string | undefined>;
}

/** The engine for a file that was gathered for a version. */
export function engineFor(file: string): ForeignEngine {
  return basename(file) === savedModelName ? tensorflow : onnx;
}

const onnx: ForeignEngine = {
  runtime: 'onnx',
  open: openGraph,
  fitOutput,
  operatorOf: async (file, output) => outputOperator(await readFile(file), output),
};

/** A SavedModel is served as it is: nothing of its graph is looked at or changed. */
const tensorflow: ForeignEngine = {
  runtime: 'tensorflow',
  async open(file, said) {
    const { inputs, outputs } = servingSignature(await readFile(file));
    for (const input of inputs) checkInputType(input);
    return {
      inputs: inputs.map((input) => ({ ...input, said })),
      outputs,
      read: emptyGraph,
      outputName: said.output,
      notes: [],
    };
  },
  async fitOutput(_file, { inputs }: ForeignGraph, chosen, classes, wished) {
    if (chosen.type !== 'float32') {
      throw cannotServe(
        `its output "${chosen.name}" gives ${chosen.type}, and only float32 can be served of a SavedModel: cast it before it is saved`,
      );
    }
    if (classes === 2 && scoresOf(chosen, inputs[0]?.shape[0]) === 1) {
      throw cannotServe(
        `its output "${chosen.name}" gives one score for two classes: save it with a score for each, for example tf.concat([1 - p, p], -1)`,
      );
    }
    return { name: chosen.name, kind: wished, notes: [] };
  },
  operatorOf: () => Promise.resolve(undefined),
};

const emptyGraph: OnnxGraph = {
  nodes: [],
  weights: new Map(),
  inputs: [],
  outputs: [],
  metadata: new Map(),
};

/** What TensorFlow.js can hand over to a SavedModel, of what images are made of. */
const inputTypes = ['float32', 'uint8'];

function checkInputType({ name, type }: { readonly name: string; readonly type: string }): void {
  if (inputTypes.includes(type)) return;
  const hint =
    type === 'string'
      ? 'which is encoded images: save a signature that takes pixels, because Glimpse decodes them'
      : `and only ${inputTypes.join(' and ')} can be fed to a SavedModel: cast it inside of the model`;
  throw cannotServe(`its input "${name}" takes ${type}, ${hint}`);
}

function cannotServe(reason: string): Error {
  return new errors.GLIMPSE_MODEL_INVALID(`${reason}.`);
}
