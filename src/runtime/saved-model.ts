import { errors } from '../errors.ts';
import type { GraphPort } from './inspect-onnx.ts';
import { fieldsOf, textOf } from './onnx-fields.ts';

/**
 * What a TensorFlow SavedModel takes and gives, read from `saved_model.pb` without TensorFlow. The numbers of the fields
 * are those of saved_model.proto, meta_graph.proto and tensor_shape.proto
 * (https://github.com/tensorflow/tensorflow/tree/master/tensorflow/core/protobuf); the graph itself is passed over.
 */
export interface ServingSignature {
  readonly name: string;
  /** Of the graph that holds it; who loads it must name all of them. */
  readonly tags: readonly string[];
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
}

/** What TensorFlow itself serves where nobody says otherwise. */
const usualSignature = 'serving_default';
const servingTag = 'serve';

/** Names of types.proto; a type that no model of images has is named by its number. */
const typeNames: Readonly<Record<number, string>> = {
  1: 'float32',
  2: 'float64',
  3: 'int32',
  4: 'uint8',
  5: 'int16',
  6: 'int8',
  7: 'string',
  9: 'int64',
  10: 'bool',
  14: 'bfloat16',
  17: 'uint16',
  19: 'float16',
};

/**
 * The signature that is served: `serving_default`, or the only one there is. GLIMPSE_MODEL_INVALID when the bytes are
 * no SavedModel, or it has none for serving.
 */
export function servingSignature(savedModel: Uint8Array): ServingSignature {
  const found = signaturesOf(savedModel);
  const usual = found.find(({ name }) => name === usualSignature);
  if (usual) return usual;
  if (found.length === 1) return found[0]!;
  const names = found.map(({ name }) => JSON.stringify(name)).join(' and ');
  throw new errors.GLIMPSE_MODEL_INVALID(
    `${names === '' ? 'its SavedModel has no signature' : `its SavedModel has the signatures ${names}`}, and what is served is "${usualSignature}": save it with tf.saved_model.save(model, folder, signatures={"${usualSignature}": function}), or with model.export(folder) in Keras.`,
  );
}

/** The signatures of every graph that is meant for serving. */
function signaturesOf(savedModel: Uint8Array): ServingSignature[] {
  try {
    const graphs = messagesAt(savedModel, 2);
    if (graphs.length > 0) return graphs.flatMap(signaturesOfGraph);
  } catch {
    // What cannot be read is refused as what holds no graph.
  }
  throw new errors.GLIMPSE_MODEL_INVALID('its saved_model.pb is no TensorFlow SavedModel.');
}

function signaturesOfGraph(graph: Uint8Array): ServingSignature[] {
  const tags = messagesAt(messageAt(graph, 1), 4).map(asText);
  if (!tags.includes(servingTag)) return [];
  return messagesAt(graph, 5)
    .map((entry) => {
      const signature = messageAt(entry, 2);
      const [inputs, outputs] = [portsAt(signature, 1), portsAt(signature, 2)];
      return { name: asText(messageAt(entry, 1)), tags, inputs, outputs };
    })
    .filter(({ outputs }) => outputs.length > 0);
}

/** The entries of a map of tensors, in the order of their names: a map has none of its own. */
function portsAt(signature: Uint8Array, number: number): GraphPort[] {
  return messagesAt(signature, number)
    .map((entry) => portOf(asText(messageAt(entry, 1)), messageAt(entry, 2)))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function portOf(name: string, tensor: Uint8Array): GraphPort {
  const type = integerAt(tensor, 2);
  const shape = messageAt(tensor, 3);
  const isUnknown = integerAt(shape, 3) === 1;
  return {
    name,
    type: typeNames[type] ?? `type ${type}`,
    shape: isUnknown ? [] : messagesAt(shape, 2).map(lengthOf),
  };
}

/** An axis of any length is written as -1, which comes as the largest number of 64 bits. */
function lengthOf(axis: Uint8Array, place: number): number | string {
  const length = integerAt(axis, 1);
  if (length < 2 ** 62) return length;
  return asText(messageAt(axis, 2)) || (place === 0 ? 'N' : '?');
}

function messagesAt(message: Uint8Array, number: number): Uint8Array[] {
  return [...fieldsOf(message)].flatMap((field) =>
    field.number === number && typeof field.value !== 'number' ? [field.value] : [],
  );
}

/** A field that is not there is empty, as protobuf has it. */
function messageAt(message: Uint8Array, number: number): Uint8Array {
  return messagesAt(message, number).at(-1) ?? new Uint8Array();
}

function integerAt(message: Uint8Array, number: number): number {
  const found = [...fieldsOf(message)].findLast((field) => field.number === number)?.value;
  return typeof found === 'number' ? found : 0;
}

const asText = (value: Uint8Array): string => textOf({ value });
