import { errors, withDetails } from '../../../errors.ts';
import { imageOrName } from '../../../serving/prepare-instances.ts';
import { mediaTypeOf } from '../../predict/image-body.ts';
import { checkCount, tensorLimits } from '../body-problem.ts';
import { jsonCounts, type BodyForm } from '../../bodies/body-form.ts';
import { parseJson, textOf } from '../../json/json-text.ts';
import { readCsvInstances, type CsvHeader } from './csv-instances.ts';
import { countCsv } from './csv-rows.ts';
import { scoringForm } from './scoring-form.ts';
import { instanceOfValue } from './table-instances.ts';

/** How the body of an invocation is read, by its content type. GLIMPSE_UNSUPPORTED_MEDIA_TYPE for any other. */
export function invocationForm(contentType: string): BodyForm<undefined> {
  const mediaType = mediaTypeOf(contentType);
  const form = mediaType.startsWith('image/') ? imageForm : forms[mediaType];
  if (!form) throw unsupported(mediaType);
  if (form !== imageForm && form !== untypedForm) checkCharset(contentType);
  return form;
}

/** One file, whatever is in it. */
const imageForm: BodyForm<undefined> = {
  name: 'file of SageMaker',
  counts: jsonCounts(tensorLimits),
  jsonBytes: () => 0,
  isView: true,
  read: (body) => ({
    instances: body.length === 0 ? [] : [{ kind: 'image', bytes: body }],
    asked: undefined,
  }),
};

/** Bytes of which their sender does not say what they are: JSON begins with a brace, and no image does. */
const untypedForm: BodyForm<undefined> = {
  name: 'anything of SageMaker',
  counts: (text, maxImages) => scoringForm.counts(text, maxImages),
  jsonBytes: (body) => (isJson(body) ? body.length : 0),
  isView: true,
  read(body, head, maxImages, check) {
    if (isJson(body)) return scoringForm.read(body, head, maxImages, check);
    const found = body.length === 0 ? '' : imageOrName(body);
    if (found === 'form fields' || found === 'a multipart form') {
      throw unsupported(`${mediaTypeOf(head['content-type'] ?? '') || 'none'} that holds ${found}`);
    }
    return imageForm.read(body, head, maxImages, check);
  },
};

const csvForm: BodyForm<undefined> = {
  name: 'CSV of SageMaker',
  counts: countCsv,
  jsonBytes: (body) => body.length,
  read(body, head, maxImages, check) {
    check();
    const header = headerOf(head['content-type']);
    const instances = readCsvInstances(textOf(body, 'CSV'), header, maxImages);
    return { instances, asked: undefined };
  },
};

/** A JSON value in each line: numbers, or the file of an image. */
const linesForm: BodyForm<undefined> = {
  name: 'JSON lines of SageMaker',
  counts: jsonCounts(tensorLimits),
  jsonBytes: (body) => body.length,
  read(body, _head, maxImages, check) {
    check();
    const lines = filledLines(textOf(body), maxImages);
    const instances = lines.map((line, at) =>
      instanceOfValue(parseJson(Buffer.from(line)), undefined, at),
    );
    return { instances, asked: undefined };
  },
};

/** The lines with something in them, counted while they are taken: a body may be nothing but line ends. */
function filledLines(text: string, most: number): string[] {
  const lines: string[] = [];
  for (const [line] of text.matchAll(/[^\n]+/g)) {
    if (line.trim() === '') continue;
    lines.push(line);
    checkCount(lines.length, most);
  }
  return lines;
}

/** For the thread that reads large ones. */
export const invocationForms = [imageForm, untypedForm, csvForm, linesForm, scoringForm];

const forms: Readonly<Record<string, BodyForm<undefined> | undefined>> = {
  'application/x-image': imageForm,
  'application/octet-stream': untypedForm,
  'binary/octet-stream': untypedForm,
  'application/x-www-form-urlencoded': untypedForm,
  '': untypedForm,
  'application/json': scoringForm,
  'application/jsonlines': linesForm,
  'application/x-jsonlines': linesForm,
  'application/x-ndjson': linesForm,
  'text/csv': csvForm,
  'application/csv': csvForm,
};

/** For refusals and for the contract. */
const acceptedTypes = [
  'image/*',
  'application/x-image',
  'application/octet-stream',
  'application/json',
  'application/jsonlines',
  'text/csv',
];

function isJson(body: Uint8Array): boolean {
  let at = 0;
  while (body[at] === 0x20 || body[at] === 0x09 || body[at] === 0x0a || body[at] === 0x0d) at += 1;
  return body[at] === 0x7b;
}

/** Text is read as UTF-8, of which ASCII is a part. */
function checkCharset(contentType: string): void {
  const foreign = parametersOf(contentType, 'charset').find((charset) => !ofUtf8.has(charset));
  if (foreign === undefined) return;
  throw unsupported(`${mediaTypeOf(contentType)} in ${foreign}`);
}

const ofUtf8: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii']);

function headerOf(contentType: string | undefined): CsvHeader {
  const [said] = parametersOf(contentType ?? '', 'header');
  return said === 'present' || said === 'absent' ? said : undefined;
}

/** All that are called so: which of two contradicting ones is meant is not for us to say. */
function parametersOf(contentType: string, name: string): string[] {
  return contentType
    .split(';')
    .slice(1)
    .map((part) => part.split('=', 2).map((word) => word.trim().toLowerCase()))
    .filter(([key]) => key === name)
    .map(([, value = '']) => value.replaceAll('"', ''));
}

function unsupported(type: string): Error {
  return withDetails(new errors.GLIMPSE_UNSUPPORTED_MEDIA_TYPE(type.slice(0, 200)), {
    accepted: acceptedTypes,
  });
}
