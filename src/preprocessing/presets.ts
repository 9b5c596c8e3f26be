import type { ContractTwo } from './contract-two.ts';

type Preset = Partial<ContractTwo>;

/** How Pillow opens a file: its profile, orientation and transparency are passed over. */
const asPillowOpens = { icc: 'ignore', exif: 'ignore', alpha: 'drop' } as const;

const imagenetSize = { width: 224, height: 224 } as const;

/** The shares of white that torchvision and Keras' mode `torch` subtract and divide by. */
const torchLevels = {
  colourSpace: 'rgb',
  scale: 1 / 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
} satisfies Preset;

/** transforms.Resize(256), CenterCrop(224), ToTensor, Normalize on an image of Pillow. */
const imagenetTorchvision: Preset = {
  ...imagenetSize,
  channels: 3,
  resize: { mode: 'shorter-side', size: 256, kernel: 'linear', antialias: true },
  crop: { size: imagenetSize, align: 'centre' },
  ...asPillowOpens,
  ...torchLevels,
};

/** keras.utils.load_img(path, target_size=(224, 224)), whose interpolation is nearest unless it is told another. */
const kerasImage = {
  ...imagenetSize,
  channels: 3,
  resize: { mode: 'fill', size: imagenetSize, kernel: 'nearest', antialias: false },
  ...asPillowOpens,
} satisfies Preset;

/** How digits on paper are found, whatever the input of the model. */
export const handwriting = {
  canonicalise: 'handwriting',
  page: 'find',
  alpha: 'ink',
} as const satisfies Preset;

/** The contracts that have a name of their own; what one leaves out is read from the model. */
export const presets = {
  /** Stretched to the size of the input, 0..1. */
  plain: {},
  /** The pixels of MNIST: 28x28 grey, 0..1, light ink on dark as it was sent. */
  mnist: { width: 28, height: 28, channels: 1, colourSpace: 'grey' },
  /** Digits on paper: the page and the ink on it are found, and brought into the frame of MNIST. */
  handwriting: { channels: 1, colourSpace: 'grey', ...handwriting },
  'imagenet-torchvision': imagenetTorchvision,
  /** keras.applications.imagenet_utils.preprocess_input of VGG and ResNet. */
  'imagenet-keras-caffe': {
    ...kerasImage,
    colourSpace: 'bgr',
    scale: 1,
    mean: [103.939, 116.779, 123.68],
    std: [1, 1, 1],
  },
  /** The same of MobileNet, Inception, Xception and ResNetV2: -1..1. */
  'imagenet-keras-tf': {
    ...kerasImage,
    colourSpace: 'rgb',
    scale: 1 / 127.5,
    mean: [1, 1, 1],
    std: [1, 1, 1],
  },
  /** The same of DenseNet. */
  'imagenet-keras-torch': { ...kerasImage, ...torchLevels },
} satisfies Record<string, Preset>;

export type PresetName = keyof typeof presets;
export const presetNames: readonly PresetName[] = [
  'plain',
  'mnist',
  'handwriting',
  'imagenet-torchvision',
  'imagenet-keras-caffe',
  'imagenet-keras-tf',
  'imagenet-keras-torch',
];

/** The preset of that name. */
export function presetOf(name: PresetName): Preset {
  return presets[name];
}

/** The contract of an input of this size when nothing is said about it: images are only stretched to it. */
export function plainContract({
  width,
  height,
  channels,
}: Pick<ContractTwo, 'width' | 'height' | 'channels'>): ContractTwo {
  const perChannel = (value: number): number[] => Array.from({ length: channels }, () => value);
  return {
    contract: 2,
    width,
    height,
    channels,
    colourSpace: channels === 4 ? 'rgba' : channels === 1 ? 'grey' : 'rgb',
    resize: { mode: 'fill', size: { width, height }, kernel: 'linear', antialias: true },
    icc: 'apply',
    alpha: channels === 4 ? 'keep' : { flatten: perChannel(255) },
    exif: 'apply',
    canonicalise: 'none',
    polarity: 'as-is',
    centring: 'none',
    scale: 1 / 255,
    mean: perChannel(0),
    std: perChannel(1),
  };
}
