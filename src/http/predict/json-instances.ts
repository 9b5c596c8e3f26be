import { decodeBase64, textOfDataUrl } from '../../base64.ts';
import { errors, isGlimpseError, messageOf, withDetails } from '../../errors.ts';
import type { Instance } from '../../serving/prepare-instances.ts';
import { isRecord, itemsOf, NumberList, plainOf } from '../../json.ts';
import { readJson, type ReadJsonOptions } from '../json/read-json.ts';
import { invalidRequest, unknownField } from '../../schema.ts';
import { refuseUnknownFields } from './unknown-fields.ts';

/**
 * The images of a JSON body `{"instances": [...]}`: `{"b64": "..."}` (bare base64, or a data URL), a data
 * URL, or pixels. One that is none of these becomes a failed instance, so that a partial response can name it
 * beside the others.
 */
export function readJsonInstances(
  bytes: Buffer,
  maxImages: number,
  options: Omit<ReadJsonOptions, 'parse'>,
): Instance[] {
  return readJson(bytes, { ...options, parse }, (body) => instancesOf(body, maxImages));
}

function instancesOf(body: unknown, maxImages: number): Instance[] {
  const instances = isRecord(body) ? itemsOf(body['instances']) : undefined;
  if (isRecord(body))
    refuseUnknownFields('body', body, ['instances'], instances ? undefined : example);
  if (!instances) {
    throw invalid('', `it must be an object with a list of images, for example ${example}.`);
  }
  if (instances.length > maxImages) throw new errors.GLIMPSE_TOO_MANY_IMAGES(maxImages);
  return instances.map((instance: unknown, index) => toInstance(instance, index));
}

const example = '{"instances": [{"b64": "..."}]}';

/** A byte order mark at its beginning is left out; what is not UTF-8 is not guessed. */
function textOf(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new errors.GLIMPSE_BAD_REQUEST('its JSON is not UTF-8.');
  }
}

function parse(bytes: Uint8Array): unknown {
  const text = textOf(bytes);
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = messageOf(error);
    throw new errors.GLIMPSE_BAD_REQUEST(`its JSON cannot be read (${reason.slice(0, 200)}).`);
  }
}

function toInstance(instance: unknown, index: number): Instance {
  if (instance instanceof NumberList) return pixelsOf(instance);
  if (Array.isArray(instance)) return { kind: 'pixels', values: plainOf(instance) };
  try {
    if (typeof instance === 'string') return image(dataOf(instance, index), index);
    const unknown = isRecord(instance) && unknownField(instance, ['b64'], `/instances/${index}`);
    if (unknown) throw invalidRequest('body', unknown);
    if (isRecord(instance) && typeof instance['b64'] === 'string') {
      const text = instance['b64'];
      return image(dataUrlStart.test(text) ? dataOf(text, index) : text, index);
    }
    throw invalid(
      `/instances/${index}`,
      `"instances.${index}" must be {"b64": "..."}, a data URL, or an array of pixels from 0 to 255.`,
    );
  } catch (error) {
    if (isGlimpseError(error)) return { kind: 'failed', error };
    throw error;
  }
}

/** Lists deeper than any image, or with numbers that are no pixels, are refused by name where the model is known. */
function pixelsOf(list: NumberList): Instance {
  const { shape, values } = list;
  const arePixels = shape.length <= mostLevels && list.isWithin(0, 255);
  return arePixels ? { kind: 'packed', shape, values } : { kind: 'pixels', values: list.plain() };
}

/** [H][W][C] is the deepest that any model takes. */
const mostLevels = 3;

function image(text: string, index: number): Instance {
  const decoded = decodeBase64(text);
  if ('problem' in decoded) throw badBase64(index, decoded.problem);
  return { kind: 'image', bytes: decoded.bytes };
}

const dataUrlStart = /^data:/i;

/** The base64 of `data:image/png;base64,...`. */
function dataOf(url: string, index: number): string {
  const found = textOfDataUrl(url);
  if (!found) {
    throw invalid(
      `/instances/${index}`,
      `"instances.${index}" is text but no data URL; send {"b64": "..."} for bare base64.`,
    );
  }
  if ('problem' in found) throw badBase64(index, found.problem);
  return found.base64;
}

function badBase64(index: number, reason: string): Error {
  return withDetails(new errors.GLIMPSE_BAD_BASE64(index, reason), { index, reason });
}

function invalid(path: string, sentence: string): Error {
  return invalidRequest('body', { sentence, path });
}
