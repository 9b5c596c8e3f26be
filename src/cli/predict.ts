import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { pino } from 'pino';
import { openPredictor } from '../compose/serving.ts';
import { readConfig } from '../config.ts';
import { defineCommand, print, UsageError, type ValuesOf } from './command.ts';
import { count, flag, many, text } from './options.ts';
import { table } from './table.ts';

const options = {
  model: text('name', 'the model; unless given, GLIMPSE_DEFAULT_MODEL'),
  version: count('number', 'this version; unless given, the label production, else the newest'),
  label: text('name', 'the version this label points at'),
  top: count('number', 'how many classes per image; unless given, 3'),
  url: text('address', 'ask a server, e.g. http://localhost:8080, instead of this process'),
  json: flag('the answer as POST /predict gives it'),
};

export const command = defineCommand({
  name: 'predict',
  description:
    'Classifies images with a model of the repository (GLIMPSE_REPOSITORY), in this process, or with --url by asking a running server. Exits with 1 when an image could not be classified.',
  arguments: { images: many('image files') },
  options,
  run: predict,
});

interface Asked {
  readonly model: string | undefined;
  readonly selector: { readonly version: number } | { readonly label: string } | undefined;
  readonly topK: number;
  readonly images: readonly Uint8Array[];
  readonly names: readonly string[];
}

/** The part of an answer that is printed; a server may say more. */
interface PredictedFile {
  readonly model: string;
  readonly version: number;
  readonly predictions: readonly AnsweredImage[];
}
type AnsweredImage =
  | {
      readonly top: readonly { readonly label: string; readonly score: number }[];
      readonly warnings?: readonly string[];
    }
  | { readonly error: { readonly code: string; readonly message: string } };

async function predict({
  images,
  model,
  version,
  label,
  top = 3,
  url,
  json,
}: ValuesOf<typeof options> & { readonly images: readonly string[] }): Promise<number> {
  const asked: Asked = {
    model,
    selector: selectorOf(version, label),
    topK: top,
    images: await Promise.all(images.map(readImage)),
    names: images,
  };
  const answer = await (url === undefined ? askHere(asked) : askServer(asked, url));
  print(json ? JSON.stringify(answer, null, 2) : inWords(answer, images));
  return answer.predictions.some((one) => 'error' in one) ? 1 : 0;
}

function selectorOf(version: number | undefined, label: string | undefined): Asked['selector'] {
  if (version !== undefined && label !== undefined) {
    throw new UsageError('Name a version or a label, not both.');
  }
  if (version !== undefined) return { version };
  return label === undefined ? undefined : { label };
}

async function readImage(path: string): Promise<Uint8Array> {
  return readFile(path).catch((error: unknown) => {
    throw new UsageError(`${path} cannot be read (${String(error)}).`);
  });
}

/** The same path as in a server: registry, preprocessing, batcher, runtime. */
async function askHere({ model, selector, topK, images }: Asked): Promise<PredictedFile> {
  const config = readConfig();
  const local = await openPredictor(config, pino({ level: 'silent' }));
  try {
    const { timings: _, ...answer } = await local.predictor.predict({
      model: model ?? config.GLIMPSE_DEFAULT_MODEL,
      ...(selector && { selector }),
      instances: images.map((bytes) => ({ kind: 'image' as const, bytes })),
      topK,
      partial: true,
      deadline: Infinity,
      signal: new AbortController().signal,
    });
    return answer;
  } finally {
    await local.close();
  }
}

async function askServer(asked: Asked, url: string): Promise<PredictedFile> {
  const form = new FormData();
  asked.images.forEach((bytes, index) => {
    form.append('image', new Blob([Uint8Array.from(bytes)]), basename(asked.names[index]!));
  });
  const address = new URL(`${pathOf(asked)}?topK=${asked.topK}&partial=true`, url);
  const response = await fetch(address, { method: 'POST', body: form }).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new UsageError(`${address.origin} does not answer (${String(cause)}).`);
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && isAnswer(body)) return body;
  throw new UsageError(`${address.href} answered ${response.status}: ${JSON.stringify(body)}`);
}

function pathOf({ model, selector }: Asked): string {
  if (model === undefined && selector !== undefined) {
    throw new UsageError('With --url, name the --model whose version or label it is.');
  }
  if (model === undefined) return '/predict';
  const base = `/models/${encodeURIComponent(model)}`;
  if (selector === undefined) return `${base}/predict`;
  return 'version' in selector
    ? `${base}/versions/${selector.version}/predict`
    : `${base}/labels/${encodeURIComponent(selector.label)}/predict`;
}

function isAnswer(body: unknown): body is PredictedFile {
  return typeof body === 'object' && body !== null && 'predictions' in body && 'version' in body;
}

function inWords({ model, version, predictions }: PredictedFile, names: readonly string[]): string {
  const rows = predictions.map((one, index) => [
    names[index]!,
    ...('error' in one
      ? ['-', '', `${one.error.message} (${one.error.code})`]
      : [
          one.top[0]?.label ?? '',
          one.top[0]?.score.toFixed(4) ?? '',
          one.top
            .slice(1)
            .map(({ label, score }) => `${label} ${score.toFixed(4)}`)
            .join(', '),
          one.warnings?.join(', ') ?? '',
        ]),
  ]);
  const isWarned = rows.some((row) => Boolean(row[4]));
  const head = ['image', 'class', 'score', 'then', ...(isWarned ? ['warnings'] : [])];
  return `${table(head, rows)}\n\n${model} version ${version}`;
}
