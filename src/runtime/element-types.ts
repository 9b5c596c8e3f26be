import type { Signature } from '../signature.ts';

/** Of what type the numbers of a model may be. Only at the door of ONNX Runtime they are anything but float32. */
export type ElementType = Signature['input']['dtype'];

/** The types of an input that images can be made numbers of. */
export const inputTypes: readonly ElementType[] = ['float32', 'uint8', 'float16'];
/** The types of an output that scores can be read from. */
export const outputTypes: readonly ElementType[] = ['float32', 'float16'];

/** Whether a type, as a graph names it, is one that an input may have. */
export function isInputType(type: string): type is ElementType {
  return inputTypes.some((known) => known === type);
}

/** Whether a type, as a graph names it, is one that the output with the scores may have. */
export function isOutputType(type: string): boolean {
  return outputTypes.some((known) => known === type);
}
