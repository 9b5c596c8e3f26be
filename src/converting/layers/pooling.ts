import { pool, poolGlobally, type PoolKind } from '../operations/pooling.ts';
import type { Layer, LayerKind } from './layer.ts';
import { unsupported } from '../refusals.ts';

/** "same" or "valid". */
export function paddingOf({ settings, title }: Layer): 'same' | 'valid' {
  const padding = settings.text('padding', 'valid').toLowerCase();
  if (padding === 'same' || padding === 'valid') return padding;
  throw unsupported(`${title} has the padding "${padding}"`);
}

const pooling =
  (kind: PoolKind): LayerKind =>
  (layer, input) => {
    const { graph, settings } = layer;
    const size = settings.pair('pool_size', 2);
    const strides = !settings.isSet('strides') ? size : settings.pair('strides');
    return pool(graph, input, kind, {
      size,
      strides,
      dilations: [1, 1],
      padding: paddingOf(layer),
    });
  };

const globally =
  (kind: PoolKind): LayerKind =>
  ({ graph, settings }, input) =>
    poolGlobally(graph, input, kind, settings.flag('keepdims', false));

/** Layers that sum up windows of an image, or all of it. */
export const poolingLayers: Readonly<Record<string, LayerKind>> = {
  MaxPooling2D: pooling('Max'),
  MaxPool2D: pooling('Max'),
  AveragePooling2D: pooling('Average'),
  AvgPool2D: pooling('Average'),
  GlobalAveragePooling2D: globally('Average'),
  GlobalAvgPool2D: globally('Average'),
  GlobalMaxPooling2D: globally('Max'),
  GlobalMaxPool2D: globally('Max'),
};
