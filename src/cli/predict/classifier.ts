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

/** The version to use, and how many classes to name. */
export interface VersionChoice {
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

/** The fields of a response that are used here. */
export interface ClassifierResult {
  /** The version that predicted; undefined where the server refused the request before it chose one. */
  readonly model?: string;
  readonly version?: number;
  /** One for each image, in the same order. */
  readonly predictions: readonly Prediction[];
}

/** Classifies images by a model in this process, or by a server. Close it. */
export interface Classifier {
  classify(images: readonly Image[], choice: VersionChoice): Promise<ClassifierResult>;
  close(): Promise<void>;
}

/** A model of the repository in this process, with the same preprocessing, batcher and runtime as in a server. */
export async function openClassifier(config: Config): Promise<Classifier> {
  const local = await openPredictor(config, pino({ level: 'silent' }));
  return {
    async classify(images, { model, selector, topK }) {
      const { timings: _, ...result } = await local.predictor.predict({
        model: model ?? config.GLIMPSE_DEFAULT_MODEL,
        ...(selector && { selector }),
        instances: images.map(({ bytes }) => ({ kind: 'image' as const, bytes })),
        topK,
        partial: true,
        cancellation: createCancellation(),
      });
      return result;
    },
    close: () => local.close(),
  };
}

/** Classifies by a running server. */
export function remoteClassifier(url: string): Classifier {
  return { classify: (images, choice) => postImages(url, images, choice), close: async () => {} };
}

async function postImages(
  url: string,
  images: readonly Image[],
  choice: VersionChoice,
): Promise<ClassifierResult> {
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
  if (response.ok && isResult(body, images.length)) return body;
  // A server may take fewer images or bytes at once than are sent here, and not even one that is too large.
  if (response.status === 413 && images.length > 1) return postInHalves(url, images, choice);
  if (response.status === 413 && isRefusal(body)) return { predictions: [body] };
  throw new UsageError(`${address.href} answered ${response.status}: ${JSON.stringify(body)}`);
}

async function postInHalves(
  url: string,
  images: readonly Image[],
  choice: VersionChoice,
): Promise<ClassifierResult> {
  const middle = Math.ceil(images.length / 2);
  const first = await postImages(url, images.slice(0, middle), choice);
  const second = await postImages(url, images.slice(middle), choice);
  return { ...second, ...first, predictions: [...first.predictions, ...second.predictions] };
}

function pathOf({ model, selector }: VersionChoice): string {
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

function isResult(body: unknown, images: number): body is ClassifierResult {
  return (
    isRecord(body) && Array.isArray(body['predictions']) && body['predictions'].length === images
  );
}

function isRefusal(body: unknown): body is Extract<Prediction, { error: unknown }> {
  return isRecord(body) && isRecord(body['error']) && typeof body['error']['code'] === 'string';
}
