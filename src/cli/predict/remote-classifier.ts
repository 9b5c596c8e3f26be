import { basename } from 'node:path';
import { isRecord } from '../../json.ts';
import { UsageError } from '../command.ts';
import type {
  Classifier,
  ClassifierResult,
  Image,
  Prediction,
  VersionChoice,
} from './classifier.ts';

/** Where a server is, and the headers that every request to it carries. */
interface Server {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Classifies by a running server, with this key; an empty one is not sent. */
export function remoteClassifier(url: string, key: string): Classifier {
  const shown = key.trim();
  if (!/^[\x21-\x7e]*$/.test(shown)) {
    throw new UsageError('GLIMPSE_API_KEY holds characters that no key has.');
  }
  const server = { url, headers: shown === '' ? {} : { 'x-api-key': shown } };
  return {
    classify: (images, choice) => postImages(server, images, choice),
    close: async () => {},
  };
}

async function postImages(
  server: Server,
  images: readonly Image[],
  choice: VersionChoice,
): Promise<ClassifierResult> {
  const form = new FormData();
  for (const { path, bytes } of images) {
    form.append('image', new Blob([Uint8Array.from(bytes)]), basename(path));
  }
  const address = new URL(`${pathOf(choice)}?${queryOf(choice)}`, server.url);
  // A redirection is not followed: the key is for the server that was named, and for no other.
  const response = await fetch(address, {
    method: 'POST',
    body: form,
    headers: server.headers,
    redirect: 'manual',
  }).catch((error: unknown) => {
    throw new UsageError(unansweredWords(address, error));
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && isResult(body, images.length)) return body;
  // A server may take fewer images or bytes at once than are sent here, and not even one that is too large.
  if (response.status === 413 && images.length > 1) return postInHalves(server, images, choice);
  if (response.status === 413 && isRefusal(body)) return { predictions: [body] };
  throw new UsageError(refusalWords(address, response, body, server));
}

function queryOf({ topK, read, explain }: VersionChoice): string {
  const way = read === undefined ? '' : `&read=${read}`;
  const told = explain === undefined ? '' : `&explain=${explain}`;
  return `topK=${topK}&partial=true${way}${told}`;
}

async function postInHalves(
  server: Server,
  images: readonly Image[],
  choice: VersionChoice,
): Promise<ClassifierResult> {
  const middle = Math.ceil(images.length / 2);
  const first = await postImages(server, images.slice(0, middle), choice);
  const second = await postImages(server, images.slice(middle), choice);
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

/** Node's codes for a certificate that nobody it trusts has signed. */
const untrusted: ReadonlySet<unknown> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

function unansweredWords({ origin }: URL, error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && untrusted.has(cause.code)) {
    return (
      `The certificate of ${origin} is not trusted (${cause.message}). ` +
      'Where it is yours, name its PEM file, or that of its authority, in NODE_EXTRA_CA_CERTS.'
    );
  }
  return `${origin} does not answer (${String(cause)}).`;
}

/** The sentence and code of the server; what another program answers is not repeated. */
function refusalWords(
  address: URL,
  { status, headers }: Response,
  body: unknown,
  server: Server,
): string {
  const target = headers.get('location');
  const said = isRefusal(body)
    ? `: ${body.error.message} (${body.error.code})`
    : target === null
      ? ', and not in the words of Glimpse; is this its address?'
      : `: it redirects to ${target}; give that address.`;
  const isKeyless = status === 401 && server.headers['x-api-key'] === undefined;
  const hint = isKeyless ? ' Set GLIMPSE_API_KEY to a key of that server.' : '';
  return `${address.href} answered ${status}${printable(said)}${hint}`;
}

/** Without control characters, which could steer the terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, 1000);
}

function isResult(body: unknown, images: number): body is ClassifierResult {
  return (
    isRecord(body) && Array.isArray(body['predictions']) && body['predictions'].length === images
  );
}

function isRefusal(body: unknown): body is Extract<Prediction, { error: unknown }> {
  return (
    isRecord(body) &&
    isRecord(body['error']) &&
    typeof body['error']['code'] === 'string' &&
    typeof body['error']['message'] === 'string'
  );
}
