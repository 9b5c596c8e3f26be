import { errors } from '../../errors.ts';
import { isRecord } from '../../json.ts';
import { ArchitectureSchema } from '../../neural/architectures.ts';
import type { LayerSpec } from '../../neural/layers/kinds.ts';
import { Type } from '../../schema/builder.ts';
import { Closed } from '../../schema.ts';

/** What is asked for: a net of its own, or a head on top of a backbone. */
export const AskedArchitectureSchema = Type.Union(
  [...ArchitectureSchema.anyOf, Type.Literal('transfer'), Type.Literal('auto')],
  {
    title: 'Architecture',
    description:
      'The name of a preset, or layers from input to output, of which the last one is a dense layer whose "units" default to the number of classes; or transfer: one dense layer on top of a backbone that has learnt other images, for photographs, of which fifty will do; or auto: chosen by the data, with its recipe and, where image files have no "shape", their size. Default: dense for handwriting and with startFrom, else auto.',
  },
);

export const BackboneSchema = Type.Object(
  {
    model: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' }),
    version: Type.Integer({ minimum: 1 }),
  },
  {
    title: 'Backbone',
    ...Closed,
    description:
      'With the architecture transfer: the version to learn on top of, a classifier or an extractor of features in ONNX. Taken is what goes into its last dense layer. Default: EfficientNet-Lite0, which comes with the program and has learnt ImageNet.',
  },
);

/** What stands on top of a backbone. */
export const headLayers: LayerSpec[] = [{ type: 'dense' }];

/** What a request may say that a backbone has to do with. */
export interface AskedTransfer {
  readonly architecture?: unknown;
  readonly backbone?: unknown;
  readonly augmentation?: unknown;
  readonly outliers?: unknown;
  readonly startFrom?: unknown;
  readonly quantise?: unknown;
  readonly preprocessing?: unknown;
}

/** Refuses what does not go with a backbone, and a backbone where there is none. */
export function checkTransfer({ architecture, backbone, ...asked }: AskedTransfer): void {
  if (architecture !== 'transfer') {
    if (backbone === undefined) return;
    throw invalid('backbone', 'it goes with the architecture transfer');
  }
  const { augmentation = 'none', outliers, startFrom, quantise = false, preprocessing } = asked;
  if (augmentation !== 'none') {
    throw invalid('augmentation', 'with transfer the features of each image are found once');
  }
  const others = { outliers, startFrom, quantise: quantise === false ? undefined : quantise };
  for (const [name, value] of Object.entries(others)) {
    if (value !== undefined) throw invalid(name, 'it does not go with the architecture transfer');
  }
  for (const name of ['scale', 'mean', 'std', 'colourSpace']) {
    if (isRecord(preprocessing) && preprocessing[name] !== undefined) {
      throw invalid(`preprocessing.${name}`, 'with transfer it is that of the backbone');
    }
  }
}

function invalid(name: string, why: string): Error {
  return new errors.GLIMPSE_HYPERPARAMETER_INVALID(name, why);
}
