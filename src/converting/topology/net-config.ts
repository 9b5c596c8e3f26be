import { isRecord } from '../../json.ts';
import { shown, unreadable, unsupported } from '../refusals.ts';

/** A layer as its configuration describes it. */
export interface LayerConfig {
  readonly className: string;
  readonly name: string;
  readonly title: string;
  /** The module an operation of Keras 3 comes from; layers come from others. */
  readonly isOperation: boolean;
  readonly config: Readonly<Record<string, unknown>>;
  /** How it is called in a functional model, as it is written there. */
  readonly inboundNodes: readonly unknown[];
  /** What it is made of, when it is a model itself. */
  readonly model: ModelConfig | undefined;
}

/** A model as its configuration describes it: a chain of layers, or a graph of them. */
export interface ModelConfig {
  readonly name: string;
  readonly isSequential: boolean;
  readonly layers: readonly LayerConfig[];
  /** [layer, node, tensor] of each, of a graph. */
  readonly inputs: readonly unknown[];
  readonly outputs: readonly unknown[];
  /** The shape it was built for, when its first layer does not say one. */
  readonly builtFor: unknown;
}

/** Models in models: nobody nests more, and a made-up file must not exhaust the stack. */
const deepest = 16;
const mostLayers = 10_000;

const modelClasses = ['Sequential', 'Functional', 'Model'];

/** The model that the JSON of a Keras or TF.js file describes. GLIMPSE_MODEL_FILE_INVALID, GLIMPSE_MODEL_UNSUPPORTED. */
export function readModelConfig(json: unknown): ModelConfig {
  const root = readLayer(json, 0, { layers: 0 });
  if (root.model) return root.model;
  throw unsupported(
    `it is a ${shown(root.className)}, and neither a Sequential nor a functional model: a subclassed model holds Python code; export it with tf2onnx or torch.onnx`,
  );
}

function readLayer(value: unknown, depth: number, read: { layers: number }): LayerConfig {
  if (!isRecord(value)) throw unreadable('its configuration holds a layer that is none');
  const { class_name: className, module } = value;
  const config = value['config'] ?? {};
  if (typeof className !== 'string' || !isRecord(config)) {
    throw unreadable('its configuration holds a layer without a class');
  }
  read.layers += 1;
  if (read.layers > mostLayers || depth > deepest) {
    throw unreadable(`its configuration holds more than ${mostLayers} layers, or too deep`);
  }
  const name = value['name'] ?? config['name'];
  const title = `${shown(typeof name === 'string' ? name : className)} (${className.slice(0, 80)})`;
  refuseCustom(value, title);
  const isModel = modelClasses.includes(className) && isRecord(config);
  return {
    className,
    title,
    name: typeof name === 'string' ? name : className,
    isOperation: typeof module === 'string' && module.startsWith('keras.src.ops'),
    config,
    inboundNodes: listAt(value, 'inbound_nodes'),
    model: isModel ? readModel(className, config, depth, read) : undefined,
  };
}

function readModel(
  className: string,
  config: Readonly<Record<string, unknown>>,
  depth: number,
  read: { layers: number },
): ModelConfig {
  const layers = config['layers'];
  if (!Array.isArray(layers)) {
    throw unsupported('it is a subclassed model, whose layers its file does not tell');
  }
  return {
    name: typeof config['name'] === 'string' ? config['name'] : className,
    isSequential: className === 'Sequential',
    layers: layers.map((layer: unknown) => readLayer(layer, depth + 1, read)),
    inputs: tensorsOf(config['input_layers']),
    outputs: tensorsOf(config['output_layers']),
    builtFor: config['build_input_shape'],
  };
}

/** A class that is registered under a package is code that only its author has. */
function refuseCustom(value: Readonly<Record<string, unknown>>, title: string): void {
  const { registered_name: registered, module } = value;
  const isCustom =
    (typeof registered === 'string' && registered.includes('>')) ||
    (typeof module === 'string' && !/^(keras|tf_keras|tensorflow)\b/.test(module));
  if (!isCustom) return;
  throw unsupported(
    `${title} is a class of its author’s (${shown(registered ?? module)}), whose code is not in the file: export the model with tf2onnx or torch.onnx and publish the ONNX file`,
  );
}

/** One tensor [name, node, tensor], a list of them, or an object with a name for each. */
function tensorsOf(value: unknown): unknown[] {
  if (isRecord(value)) return Object.values(value).flatMap(tensorsOf);
  if (!Array.isArray(value)) return [];
  return typeof value[0] === 'string' ? [value] : value.flatMap(tensorsOf);
}

function listAt(value: Readonly<Record<string, unknown>>, name: string): unknown[] {
  const found = value[name];
  return Array.isArray(found) ? found : [];
}
