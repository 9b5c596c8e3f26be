import { decodeBase64 } from '../../base64.ts';
import { errors, isGlimpseError, withDetails } from '../../errors.ts';
import { isRecord } from '../../json.ts';
import type { Instance } from '../../serving/prepare-instances.ts';
import { packNumbers } from './nested-numbers.ts';

/** The file of an image from its base64. What is none becomes a failed instance, which keeps its place. */
export function imageOf(base64: string, index: number): Instance {
  const decoded = decodeBase64(base64);
  if ('bytes' in decoded) return { kind: 'image', bytes: decoded.bytes };
  const reason = decoded.problem;
  const error = withDetails(new errors.GLIMPSE_BAD_BASE64(index, reason), { index, reason });
  return { kind: 'failed', error };
}

/** `{"b64": "..."}`, the form in which JSON carries bytes for TensorFlow Serving and who learnt it from there. */
export function isB64(value: unknown): value is { readonly b64: string } {
  return isRecord(value) && Object.keys(value).length === 1 && typeof value['b64'] === 'string';
}

/** One example from nested numbers, for the input of this name; without a name for the one that the model has. */
export function tensorOf(numbers: unknown, input: string | undefined): Instance {
  try {
    return { kind: 'tensor', input, ...packNumbers(numbers) };
  } catch (error) {
    if (isGlimpseError(error)) return { kind: 'failed', error };
    throw error;
  }
}
