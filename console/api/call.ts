import { currentKey } from './key.ts';

/** A refusal of the server, with its stable code, or of the network (status 0). */
export class CallError extends Error {
  readonly status: number;
  readonly code: string;
  readonly scope: string | undefined;

  constructor(status: number, code: string, message: string, scope?: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.scope = scope;
  }
}

export interface CallOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly body?: BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** The calls lie beside the page, also where a proxy serves both below another address. */
export function addressOf(path: string): string {
  return new URL(`..${path}`, document.baseURI.replace(/#.*$/, '')).href;
}

/** The response to a call; a CallError unless it is one of success. */
export async function send(path: string, options: CallOptions = {}): Promise<Response> {
  const { method = 'GET', json, body, headers, signal } = options;
  const key = currentKey();
  const response = await fetch(addressOf(path), {
    method,
    credentials: 'omit',
    ...(signal && { signal }),
    ...(json !== undefined ? { body: JSON.stringify(json) } : body !== undefined && { body }),
    headers: {
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...(key !== undefined && { 'x-api-key': key }),
      ...headers,
    },
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new CallError(0, 'UNREACHABLE', 'The server cannot be reached.');
  });
  if (response.ok) return response;
  throw await refusalIn(response);
}

async function refusalIn(response: Response): Promise<CallError> {
  const body: { error?: { code?: string; message?: string; details?: { scope?: string } } } =
    await response.json().catch(() => ({}));
  const {
    code = `HTTP ${response.status}`,
    message = response.statusText,
    details,
  } = body.error ?? {};
  return new CallError(response.status, code, message, details?.scope);
}

/** The JSON of a response. Its shape is promised by the contract of the server (/openapi.json). */
export async function call<Shape>(path: string, options?: CallOptions): Promise<Shape> {
  return (await send(path, options)).json();
}

/** The same with the etag, which goes back as if-match. */
export async function callWithEtag<Shape>(
  path: string,
): Promise<{ readonly body: Shape; readonly etag: string | undefined }> {
  const response = await send(path);
  return { body: await response.json(), etag: response.headers.get('etag') ?? undefined };
}
