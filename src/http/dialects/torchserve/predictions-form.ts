import { errors, withDetails } from '../../../errors.ts';
import { isList, isRecord, itemsOf } from '../../../json.ts';
import type { Instance } from '../../../serving/prepare-instances.ts';
import { boundaryOf, parseMultipart } from '../../multipart.ts';
import { mediaTypeOf } from '../../predict/image-body.ts';
import { checkCount, invalidBody, jsonTypeOf, tensorLimits } from '../body-problem.ts';
import { jsonCounts, type BodyForm, type BodyHead, type ReadBody } from '../../bodies/body-form.ts';
import { readJson } from '../../json/read-json.ts';
import { imageOf, isB64, tensorOf } from '../sent-values.ts';

/** Whether the answer is that of one image, or a list. */
export type Asked = 'one' | 'several';

/**
 * A body of TorchServe's image classifiers: the bytes of one image under whatever type, parts of a form called `data`, or
 * JSON with a tensor or base64, bare, as `data` or `body`, or several of them as `instances`.
 */
export const predictionsForm: BodyForm<Asked> = {
  name: 'predictions of TorchServe',
  counts: jsonCounts(tensorLimits),
  jsonBytes: (body, head) => (isJson(head) ? body.length : 0),
  isView: true,
  read(body, head, maxImages, check) {
    const contentType = head['content-type'] ?? '';
    if (isJson(head)) {
      const options = { limits: tensorLimits(maxImages), check };
      return readJson(body, options, (json) => readBody(json, maxImages));
    }
    if (mediaTypeOf(contentType) === 'multipart/form-data') {
      const instances = filesOf(body, boundaryOf(contentType), maxImages);
      return { instances, asked: instances.length === 1 ? 'one' : 'several' };
    }
    return { instances: body.length === 0 ? [] : [{ kind: 'image', bytes: body }], asked: 'one' };
  },
};

/** What a handler of TorchServe finds its input under. */
const names = ['data', 'body'];

function isJson(head: BodyHead): boolean {
  const mediaType = mediaTypeOf(head['content-type'] ?? '');
  return mediaType === 'application/json' || mediaType.endsWith('+json');
}

function filesOf(body: Buffer, boundary: string, maxImages: number): Instance[] {
  const parts = parseMultipart(body, boundary, maxImages);
  const other = parts.find(({ name }) => name === undefined || !names.includes(name));
  if (other) {
    const given = (other.name ?? '').slice(0, 100);
    throw withDetails(
      new errors.GLIMPSE_BAD_MULTIPART(
        `it has a part called "${given}"; images are parts called "data" (curl -F "data=@kitten.jpg").`,
      ),
      { accepted: names },
    );
  }
  return parts.map(({ body: bytes }) => ({ kind: 'image', bytes }));
}

function readBody(body: unknown, maxImages: number): ReadBody<Asked> {
  const several = isRecord(body) ? body['instances'] : undefined;
  if (several === undefined) return { instances: [instanceOf(body, 0)], asked: 'one' };
  const items = itemsOf(several);
  if (!items) throw invalidBody('"instances" must be a list.', '/instances');
  checkCount(items.length, maxImages);
  return { instances: items.map(instanceOf), asked: 'several' };
}

function instanceOf(given: unknown, at: number): Instance {
  const value = unwrapped(given);
  if (isB64(value)) return imageOf(value.b64, at);
  if (typeof value === 'string') return imageOf(value, at);
  if (isList(value)) return tensorOf(value, undefined);
  throw invalidBody(
    `image ${at} must be a list of numbers or base64, bare or under "data"; it is ${jsonTypeOf(value)}.`,
  );
}

/** What stands under `data` or `body`, however often: a loop, since a small body can nest them deeper than calls may be. */
function unwrapped(given: unknown): unknown {
  let value = given;
  for (;;) {
    if (!isRecord(value)) return value;
    const fields = value;
    const name = names.find((one) => Object.hasOwn(fields, one));
    if (name === undefined) return value;
    value = fields[name];
  }
}
