import type { KerasLayer } from './keras-layer.ts';
import { cannotExport } from './cannot-export.ts';

/** What the files of a TensorFlow.js layers model hold. */
export interface TfjsModel {
  readonly 'model.json': Uint8Array;
  readonly 'weights.bin': Uint8Array;
}

/**
 * A layers model of TensorFlow.js (`tf.loadLayersModel`) over pixels [N, height, width, channels] from 0 to 255.
 * GLIMPSE_EXPORT_UNSUPPORTED for a layer that TensorFlow.js has not.
 */
export function tfjsModel(
  layers: readonly KerasLayer[],
  inputShape: readonly number[],
  about: { readonly name: string; readonly metadata: Readonly<Record<string, unknown>> },
): TfjsModel {
  if (layers.some(({ className }) => className === 'GRU')) {
    throw cannotExport(
      'it has a "gru" layer, whose reset comes after the product, and that of TensorFlow.js comes before: export it as onnx or keras',
    );
  }
  const [first, ...others] = layers.map(layerJson);
  const modelConfig = {
    class_name: 'Sequential',
    config: {
      name: about.name,
      layers: [
        {
          ...first,
          config: {
            ...first?.config,
            batch_input_shape: [null, ...inputShape],
            dtype: 'float32',
          },
        },
        ...others,
      ],
    },
  };
  const weights = layers.flatMap(({ name, weights: own }) =>
    own.map((weight) => ({ ...weight, name: `${name}/${weight.name}` })),
  );
  const json = {
    format: 'layers-model',
    generatedBy: 'glimpse',
    convertedBy: null,
    modelTopology: { keras_version: '2.15.0', backend: 'tensorflow', model_config: modelConfig },
    weightsManifest: [
      {
        paths: ['weights.bin'],
        weights: weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })),
      },
    ],
    userDefinedMetadata: about.metadata,
  };
  return {
    'model.json': Buffer.from(JSON.stringify(json)),
    'weights.bin': Buffer.concat(weights.map(({ values }) => littleEndian(values))),
  };
}

function layerJson({ className, name, config }: KerasLayer) {
  const { negative_slope: slope, ...rest } = config;
  // Keras 2, whose words TensorFlow.js has, calls it so.
  const own = slope === undefined ? config : { ...rest, alpha: slope };
  return { class_name: className, config: { name, trainable: true, ...own } };
}

function littleEndian(values: Float32Array): Uint8Array {
  const bytes = Buffer.alloc(values.byteLength);
  values.forEach((value, place) => bytes.writeFloatLE(value, place * 4));
  return bytes;
}
