import { strict as assert } from 'node:assert';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { errors } from '../errors.ts';
import { isRecord } from '../json.ts';
import { buildTensorflow } from './build-graph.ts';
import { buildKeras, type WrittenNet } from './build-keras.ts';
import { parseJson } from './containers/parse-json.ts';
import type { SaidImage } from './input-image.ts';
import { modelFormatOf } from './model-format.ts';
import { readH5File, readKerasFile, readKerasJson, type KerasNet } from './read-keras.ts';
import { readFrozenGraph, readTfjsGraph, type TensorflowGraph } from './read-graph.ts';
import { readTfjsLayers, tfjsClasses, tfjsFormatOf } from './read-tfjs.ts';
import { unreadable } from './refusals.ts';

/** A model file that is to be written as ONNX. */
export interface ConvertRequest {
  readonly file: string;
  /** Where the ONNX file is to lie. */
  readonly to: string;
  /** What is said of the images, where the net leaves it open. */
  readonly said: SaidImage | undefined;
  /** Of a graph of TensorFlow the node whose output is to be taken, unless it is what nobody takes. */
  readonly output?: string | undefined;
  /** Most bytes that the file, what is packed in it, and the numbers of the graph may have, each. */
  readonly maxBytes: number;
}

/** What is known of a model that was converted, beside its graph. */
export interface ConvertedModel {
  /** Whether the net itself brings pixels of 0..255 to what it was trained with; otherwise only its author knows. */
  readonly takesLevels: boolean;
  /** Whether it takes images, with their channels first, and not a row of pixels. */
  readonly isImage: boolean;
  /** The names of the classes, where its files tell them. */
  readonly classes: string[] | undefined;
  /** What the output that was asked for is called now; undefined where none was chosen here. */
  readonly output: string | undefined;
}

/**
 * Reads a model of Keras or TensorFlow and writes it as ONNX, the same file always as the same bytes. Rejects with
 * GLIMPSE_MODEL_FILE_INVALID, GLIMPSE_MODEL_FILE_TOO_LARGE or GLIMPSE_MODEL_UNSUPPORTED.
 */
export async function convertFile(request: ConvertRequest): Promise<ConvertedModel> {
  const { file, to, maxBytes } = request;
  const read = await readNet(file, maxBytes);
  const { graph, classes } = read;
  const { model, takesLevels, isImage } = build(read, request);
  await writeFile(to, model);
  const output = graph && request.output !== undefined ? 'scores' : undefined;
  return { takesLevels, isImage, classes, output };
}

/** A net that was read, with what else its files tell. */
interface ReadNet {
  readonly net?: KerasNet;
  readonly graph?: TensorflowGraph;
  readonly classes?: string[] | undefined;
}

function build({ net, graph }: ReadNet, { maxBytes, said, output }: ConvertRequest): WrittenNet {
  if (net) return buildKeras(net, maxBytes, said);
  assert(graph, 'a file is read as one of both: this is our bug');
  return buildTensorflow(graph, maxBytes, said, output);
}

async function readNet(file: string, maxBytes: number): Promise<ReadNet> {
  const format = await modelFormatOf(file);
  if ((await stat(file)).size > maxBytes) throw new errors.GLIMPSE_MODEL_FILE_TOO_LARGE(maxBytes);
  if (format === 'keras') return { net: await readKerasFile(await readFile(file), maxBytes) };
  if (format === 'h5') return { net: await readH5File(file, await readFile(file), maxBytes) };
  if (format === 'json') return await readJson(file, maxBytes);
  if (format === 'graph') return { graph: readFrozenGraph(await readFile(file)) };
  throw unreadable('it is none of the formats that are converted');
}

/** JSON is a model of TF.js, or else the configuration of one of Keras. */
async function readJson(file: string, maxBytes: number): Promise<ReadNet> {
  const json = parseJson(await readFile(file, 'utf8'), basename(file));
  const tfjs = tfjsFormatOf(json);
  if (!isRecord(json) || tfjs === undefined) {
    return { net: await readKerasJson(file, json, maxBytes) };
  }
  if (tfjs === 'graph') {
    return {
      graph: await readTfjsGraph(file, json, maxBytes),
      classes: await tfjsClasses(file, json),
    };
  }
  const net = await readTfjsLayers(file, json, maxBytes);
  return { net, classes: await tfjsClasses(file, json) };
}
