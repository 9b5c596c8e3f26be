import type { LayerWeights } from '../layers/layer.ts';
import type { LayerConfig } from './net-config.ts';

/** Where the layers of a model find what they learnt. */
export interface ModelWeights {
  /** What a layer learnt. */
  layer(layer: LayerConfig): LayerWeights;
  /** The same of the layers of a model among the layers. */
  model(layer: LayerConfig): ModelWeights;
}
