import { basename } from 'node:path';
import { pino } from 'pino';
import { createCancellation } from '../../cancellation.ts';
import { openPredictor } from '../../compose/serving.ts';
import type { Config } from '../../config.ts';
import { isRecord } from '../../json.ts';
import { UsageError } from '../command.ts';

export interface Image {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Which version is asked, and for what. */
export interface Choice {
  readonly model: string | undefined;
  readonly selector: { readonly version: number } | { readonly label: string } | undefined;
  readonly topK: number;
}

export type Prediction =
  | {
      readonly top: readonly { readonly label: string; readonly score: number }[];
      readonly warnings?: readonly string[];
    }
  | { readonly error: { readonly code: string; readonly message: string } };

/** The part of an answer that is used here; a server may say more. */
export interface Answer {
  /** Which version it was; unknown where the server refused before it looked. */
  readonly model?: string;
  readonly version?: number;
  /** One for each image, in the same order. */
  readonly predictions: readonly Prediction[];
}

/** Somebody who classifies images: a model in this process, or a server. Close it. */
export interface Classifier {
  ask(images: readonly Image[], choice: Choice): Promise<Answer>;
  close(): Promise<void>;
}

/** A model of the repository in this process, on the same way as in a server: preprocessing, batcher, runtime. */
export async function openClassifier(config: Config): Promise<Classifier> {
  const local = await openPredictor(config, pino({ level: 'silent' }));
  return {
    async ask(images, { model, selector, topK }) {
      const { timings: _, ...answer } = await local.predictor.predict({
        model: model ?? config.GLIMPSE_DEFAULT_MODEL,
        ...(selector && { selector }),
        instances: images.map(({ bytes }) => ({ kind: 'image' as const, bytes })),
        topK,
        partial: true,
        cancellation: createCancellation(),
      });
      return answer;
    },
    close: () => local.close(),
  };
}

/** A running server. */
export function remoteClassifier(url: string): Classifier {
  return { ask: (images, choice) => askServer(url, images, choice), close: async () => {} };
}

async function askServer(url: string, images: readonly Image[], choice: Choice): Promise<Answer> {
  const form = new FormData();
  for (const { path, bytes } of images) {
    form.append('image', new Blob([Uint8Array.from(bytes)]), basename(path));
  }
  const address = new URL(`${pathOf(choice)}?topK=${choice.topK}&partial=true`, url);
  const response = await fetch(address, { method: 'POST', body: form }).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new UsageError(`${address.origin} does not answer (${String(cause)}).`);
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && isAnswer(body, images.length)) return body;
  // A server may take fewer images or bytes at once than are sent here, and not even one that is too large.
  if (response.status === 413 && images.length > 1) return askInHalves(url, images, choice);
  if (response.status === 413 && isRefusal(body)) return { predictions: [body] };
  throw new UsageError(`${address.href} answered ${response.status}: ${JSON.stringify(body)}`);
}

async function askInHalves(url: string, images: readonly Image[], choice: Choice): Promise<Answer> {
  const middle = Math.ceil(images.length / 2);
  const first = await askServer(url, images.slice(0, middle), choice);
  const second = await askServer(url, images.slice(middle), choice);
  return { ...second, ...first, predictions: [...first.predictions, ...second.predictions] };
}

function pathOf({ model, selector }: Choice): string {
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

function isAnswer(body: unknown, images: number): body is Answer {
  return (
    isRecord(body) && Array.isArray(body['predictions']) && body['predictions'].length === images
  );
}

function isRefusal(body: unknown): body is Extract<Prediction, { error: unknown }> {
  return isRecord(body) && isRecord(body['error']) && typeof body['error']['code'] === 'string';
}
