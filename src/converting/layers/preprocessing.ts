import { rescale, standardise } from '../operations/normalisation.ts';
import { cropCentre, resize, resizeCropped, type Interpolation } from '../operations/resizing.ts';
import { unsupported } from '../refusals.ts';
import type { Layer, LayerKind } from './layer.ts';
import { requireLastAxis } from './normalisation.ts';
import { numbersIn, requireSetting } from './settings.ts';

const rescaling: LayerKind = ({ graph, settings }, input) => {
  const list = (name: string, otherwise: number): Float32Array =>
    Float32Array.from(!settings.isSet(name) ? [otherwise] : settings.list(name));
  return rescale(graph, input, list('scale', 1), list('offset', 0));
};

const normalization: LayerKind = (layer, input) => {
  const { graph, settings, weights, title } = layer;
  requireSetting(settings, 'invert', [false], title);
  const isOfAll = settings.raw('axis') === null || numbersIn(settings.raw('axis'))?.length === 0;
  if (!isOfAll) requireLastAxis(layer, input);
  const [mean, variance] = ['mean', 'variance'].map((name) =>
    !settings.isSet(name) ? weights.take(name).data : Float32Array.from(settings.list(name)),
  );
  return standardise(graph, input, mean!, variance!);
};

function interpolationOf({ settings, title }: Layer): Interpolation {
  const interpolation = settings.text('interpolation', 'bilinear');
  if (interpolation === 'nearest' || interpolation === 'bilinear') return interpolation;
  throw unsupported(
    `${title} has the interpolation "${interpolation}"; converted are nearest and bilinear`,
  );
}

const resizing: LayerKind = (layer, input) => {
  const { graph, settings, title } = layer;
  requireSetting(settings, 'pad_to_aspect_ratio', [false], title);
  requireSetting(settings, 'antialias', [false], title);
  const size = [settings.number('height'), settings.number('width')] as const;
  const isCropped = settings.flag('crop_to_aspect_ratio', false);
  return (isCropped ? resizeCropped : resize)(graph, input, size, interpolationOf(layer));
};

const centre: LayerKind = ({ graph, settings }, input) =>
  cropCentre(graph, input, [settings.number('height'), settings.number('width')]);

/** Layers that bring an image to what the net was trained with. */
export const preprocessingLayers: Readonly<Record<string, LayerKind>> = {
  Rescaling: rescaling,
  Normalization: normalization,
  Resizing: resizing,
  CenterCrop: centre,
};

/** Layers that do something in training only. */
export const idleLayers: readonly string[] = [
  'Dropout',
  'SpatialDropout2D',
  'AlphaDropout',
  'GaussianDropout',
  'GaussianNoise',
  'ActivityRegularization',
  'Identity',
  'RandomFlip',
  'RandomRotation',
  'RandomZoom',
  'RandomTranslation',
  'RandomContrast',
  'RandomBrightness',
  'RandomHeight',
  'RandomWidth',
  'RandomColorDegeneration',
  'RandomColorJitter',
  'RandomElasticTransform',
  'RandomErasing',
  'RandomGaussianBlur',
  'RandomGrayscale',
  'RandomHue',
  'RandomInvert',
  'RandomPerspective',
  'RandomPosterization',
  'RandomSaturation',
  'RandomSharpness',
  'RandomShear',
  'AugMix',
  'CutMix',
  'MixUp',
  'RandAugment',
];
