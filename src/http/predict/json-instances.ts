import { errors, isGlimpseError, messageOf, withDetails } from '../../errors.ts';
import type { Instance } from '../../serving/prepare-instances.ts';
import { isRecord } from '../../json.ts';

/**
 * The images of a JSON body `{"instances": [...]}`: `{"b64": "..."}`, a data URL, or pixels. One that
 * is none of these is handed on as failed, so that a partial answer can name it beside the others.
 */
export function readJsonInstances(text: string, maxImages: number): Instance[] {
  const body = parse(text);
  const instances = isRecord(body) ? body['instances'] : undefined;
  if (!Array.isArray(instances)) {
    throw invalid('', 'must be {"instances": [...]}, an object with a list of images.');
  }
  if (instances.length > maxImages) throw new errors.GLIMPSE_TOO_MANY_IMAGES(maxImages);
  return instances.map((instance: unknown, index) => toInstance(instance, index));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = messageOf(error);
    throw new errors.GLIMPSE_BAD_REQUEST(`its JSON cannot be read (${reason.slice(0, 200)}).`);
  }
}

function toInstance(instance: unknown, index: number): Instance {
  if (Array.isArray(instance)) return { kind: 'pixels', values: instance };
  try {
    if (typeof instance === 'string') return image(dataOf(instance, index), index);
    if (isRecord(instance) && typeof instance['b64'] === 'string') {
      return image(instance['b64'], index);
    }
    throw invalid(
      `/instances/${index}`,
      'must be {"b64": "..."}, a data URL, or an array of pixels from 0 to 255.',
    );
  } catch (error) {
    if (isGlimpseError(error)) return { kind: 'failed', error };
    throw error;
  }
}

function image(base64: string, index: number): Instance {
  const bytes = Buffer.from(base64, 'base64');
  const bare = /[\s]/.test(base64) ? base64.replaceAll(/\s/g, '') : base64;
  const length = bare.length - (bare.endsWith('==') ? 2 : bare.endsWith('=') ? 1 : 0);
  // Node skips what is not base64, so anything skipped shows as missing bytes.
  if (length % 4 === 1 || bytes.length !== Math.floor((length * 3) / 4)) {
    throw withDetails(new errors.GLIMPSE_BAD_BASE64(index), { index });
  }
  return { kind: 'image', bytes };
}

/** The base64 of `data:image/png;base64,...`. */
function dataOf(url: string, index: number): string {
  const comma = url.indexOf(',');
  const head = comma === -1 ? '' : url.slice(0, comma);
  if (!/^data:/i.test(head)) {
    throw invalid(
      `/instances/${index}`,
      'is text but no data URL; send {"b64": "..."} for bare base64.',
    );
  }
  if (!/;base64$/i.test(head)) {
    throw withDetails(new errors.GLIMPSE_BAD_BASE64(index), { index, reason: 'not ;base64' });
  }
  return url.slice(comma + 1);
}

function invalid(path: string, sentence: string): Error {
  return withDetails(new errors.GLIMPSE_INVALID_REQUEST(`body${path} ${sentence}`), {
    in: 'body',
    path,
  });
}
