import { hdf5File, type H5Group, type H5Tensor } from './hdf5-file.ts';
import type { KerasLayer } from './keras-layer.ts';

/** What the zip of a `.keras` file holds. */
export interface KerasFile {
  readonly 'metadata.json': Uint8Array;
  readonly 'config.json': Uint8Array;
  readonly 'model.weights.h5': Uint8Array;
}

/** The version of Keras whose form of the file this is; later ones read it. */
const kerasVersion = '3.3.3';

/**
 * A model of Keras 3 (`keras.saving.load_model`) over pixels [N, height, width, channels] from 0 to 255. The file is the
 * same each time it is written.
 */
export function kerasFile(
  layers: readonly KerasLayer[],
  inputShape: readonly number[],
  { name, createdAt }: { readonly name: string; readonly createdAt: string },
): KerasFile {
  const batchShape = [null, ...inputShape];
  const config = {
    ...kerasObject('keras', 'Sequential', {
      name,
      trainable: true,
      dtype: 'float32',
      layers: [
        kerasObject('keras.layers', 'InputLayer', {
          batch_shape: batchShape,
          dtype: 'float32',
          sparse: false,
          name: 'pixels',
        }),
        ...layers.map((layer) =>
          kerasObject('keras.layers', layer.className, {
            name: layer.name,
            trainable: true,
            dtype: 'float32',
            ...layer.config,
          }),
        ),
      ],
      build_input_shape: batchShape,
    }),
    build_config: { input_shape: batchShape },
  };
  return {
    'metadata.json': json({ keras_version: kerasVersion, date_saved: createdAt }),
    'config.json': json(config),
    'model.weights.h5': hdf5File({ members: new Map([['layers', weightGroups(layers)]]) }),
  };
}

function kerasObject(module: string, className: string, config: object) {
  return { module, class_name: className, config, registered_name: null };
}

/** Keras calls the weights of a layer by the name of its class, and counts from the second of one on. */
function weightGroups(layers: readonly KerasLayer[]): H5Group {
  const counts = new Map<string, number>();
  const members = new Map<string, H5Group>();
  for (const { className, weights, isCell = false } of layers) {
    const base = snakeCase(className);
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    const vars = group(
      weights.map(({ shape, values }, place): [string, H5Tensor] => [
        String(place),
        { shape, values },
      ]),
    );
    const own = group([['vars', vars]]);
    const none = group([['vars', group([])]]);
    const whole = isCell ? { members: new Map([...none.members, ['cell', own]]) } : own;
    members.set(count === 0 ? base : `${base}_${count}`, whole);
  }
  return { members };
}

function group(members: readonly [string, H5Group | H5Tensor][]): H5Group {
  return { members: new Map(members) };
}

/** As Keras' `to_snake_case`: Conv2D is conv2d, MaxPooling2D max_pooling2d, LeakyReLU leaky_re_lu. */
function snakeCase(name: string): string {
  return name
    .replaceAll(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

function json(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
