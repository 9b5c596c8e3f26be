import { shown, unsupported } from '../refusals.ts';
import { activationNodes, pointwise } from './activations.ts';
import { arithmeticNodes } from './arithmetic.ts';
import { convolutionNodes } from './convolutions.ts';
import { einsumNodes } from './einsum.ts';
import type { NodeKind } from './node-call.ts';
import { numberNodes } from './numbers.ts';
import { phaseNodes } from './phases.ts';
import { reductionNodes } from './reductions.ts';
import { shapingNodes } from './shaping.ts';
import { slicingNodes } from './slicing.ts';

/** What hands its first value on. */
const same: NodeKind = (call) => call.input(0);

const all: Readonly<Record<string, NodeKind>> = {
  ...activationNodes,
  ...arithmeticNodes,
  ...convolutionNodes,
  ...einsumNodes,
  ...numberNodes,
  ...phaseNodes,
  ...reductionNodes,
  ...shapingNodes,
  ...slicingNodes,
  Identity: same,
  StopGradient: same,
  PreventGradient: same,
  CheckNumerics: same,
  EnsureShape: same,
  Snapshot: same,
  PlaceholderWithDefault: same,
  IdentityN: (call) => Array.from({ length: call.count }, (_, at) => call.input(at)),
};

/** What may stand between SpaceToBatchND and BatchToSpaceND: convolutions, and what does the same to each pixel wherever it lies. */
export const isPhasewise = (op: string): boolean =>
  pointwise.has(op) ||
  ['Conv2D', 'DepthwiseConv2dNative', '_FusedConv2D', 'BatchToSpaceND'].includes(op) ||
  ['BiasAdd', 'FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3', 'Identity'].includes(op);

const freeze =
  'freeze the net (convert_variables_to_constants_v2), or publish the SavedModel (npm run install:tensorflow)';
const elsewhere =
  'convert the model with tf2onnx, or publish its SavedModel (npm run install:tensorflow)';

/** Operations that are not of a net that is used, with what is to be done about them. */
const refusals: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['VariableV2', 'VarHandleOp', 'ReadVariableOp', 'Variable'].map((op) => [
      op,
      `its weights are variables that are not in the file: ${freeze}`,
    ]),
  ),
  ...Object.fromEntries(
    ['Switch', 'Merge', 'Enter', 'While', 'StatelessWhile', 'If', 'StatelessIf'].map((op) => [
      op,
      `control flow is not converted: freeze the net as it is used (training=False), or ${elsewhere}`,
    ]),
  ),
  ...Object.fromEntries(
    ['PartitionedCall', 'StatefulPartitionedCall'].map((op) => [
      op,
      `functions are not converted: ${freeze}`,
    ]),
  ),
  ...Object.fromEntries(
    ['DecodeJpeg', 'DecodePng', 'DecodeImage', 'DecodeBase64'].map((op) => [
      op,
      'images come as pixels here: cut the graph behind what decodes them',
    ]),
  ),
};

/** How nodes of an operation are written. GLIMPSE_MODEL_UNSUPPORTED with what is to be done where nobody knows. */
export function nodeKind(op: string, title: string): NodeKind {
  if (Object.hasOwn(all, op)) return all[op]!;
  const advice = Object.hasOwn(refusals, op) ? refusals[op] : undefined;
  throw unsupported(
    advice === undefined
      ? `the operation ${shown(op)} of the node ${title} is not converted: ${elsewhere}`
      : `the node ${title} is of ${shown(op)}, and ${advice}`,
  );
}
