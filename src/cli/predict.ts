import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { openPredictor } from '../compose/serving.ts';
import { readConfig } from '../config.ts';
import { print, UsageError, type Command } from './command.ts';
import { table } from './table.ts';

export const command: Command = {
  help: `glimpse predict <image...> [options]

Classifies images with a model of the repository (GLIMPSE_REPOSITORY), in this process, or with --url by
asking a running server. Exits with 1 when an image could not be classified.

  --model <name>      default: GLIMPSE_DEFAULT_MODEL
  --version <number>  this version; default: the label production, else the newest
  --label <name>      the version this label points at
  --top <n>           how many classes per image; default 3
  --url <address>     of a server, e.g. http://localhost:8080
  --json              the answer as POST /predict gives it`,
  run: predict,
};

const options = {
  model: { type: 'string' },
  version: { type: 'string' },
  label: { type: 'string' },
  top: { type: 'string' },
  url: { type: 'string' },
  json: { type: 'boolean' },
} as const;

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

async function predict(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (positionals.length === 0) throw new UsageError('Name at least one image.');
  const asked: Asked = {
    model: values.model,
    selector: selectorOf(values.version, values.label),
    topK: wholeNumber('--top', values.top ?? '3'),
    images: await Promise.all(positionals.map(readImage)),
    names: positionals,
  };
  const answer = await (values.url === undefined ? askHere(asked) : askServer(asked, values.url));
  print(values.json ? JSON.stringify(answer, null, 2) : inWords(answer, positionals));
  return answer.predictions.some((one) => 'error' in one) ? 1 : 0;
}

function selectorOf(version: string | undefined, label: string | undefined): Asked['selector'] {
  if (version !== undefined && label !== undefined) {
    throw new UsageError('Name a version or a label, not both.');
  }
  if (version !== undefined) return { version: wholeNumber('--version', version) };
  return label === undefined ? undefined : { label };
}

function wholeNumber(option: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`${option} takes a whole number, not ${text}.`);
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
