import { Agent, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { isRecord } from '../json.ts';

/** One invocation of the function. */
export interface Invocation {
  readonly id: string;
  readonly event: unknown;
}

/** The API that Lambda has for the program inside of a function. */
export interface RuntimeApi {
  /** Waits for the next invocation; Lambda stops the processor meanwhile, for minutes or for good. */
  next(): Promise<Invocation>;
  answer(id: string, answer: unknown): Promise<void>;
  /** Ends an invocation by an error, which its invoker sees. */
  fail(id: string, error: unknown): Promise<void>;
  /** The program cannot start. */
  failInit(error: unknown): Promise<void>;
}

const version = '2018-06-01';
/** An answer of more than Lambda passes on: it tells the invoker so itself, and has more events. */
const TOO_LARGE = 413;

/** Talks to the Runtime API at `host:port`, as AWS_LAMBDA_RUNTIME_API names it. */
export function openRuntimeApi(address: string): RuntimeApi {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = async (method: 'GET' | 'POST', path: string, body?: unknown) => {
    const url = `http://${address}/${version}/runtime/${path}`;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-type': 'application/json' };
      request(url, { method, agent, headers }, resolve)
        .on('error', reject)
        .end(body === undefined ? undefined : JSON.stringify(body));
    });
    const text = Buffer.concat(await response.toArray()).toString('utf8');
    return { statusCode: response.statusCode ?? 0, headers: response.headers, text };
  };
  const call: typeof ask = async (method, path, body) => {
    const answer = await ask(method, path, body);
    const { statusCode, text } = answer;
    if (!isSuccess(statusCode)) throw refusal(statusCode, path, text);
    return answer;
  };
  return {
    async next() {
      const { headers, text } = await call('GET', 'invocation/next');
      return { id: String(headers['lambda-runtime-aws-request-id']), event: parsed(text) };
    },
    async answer(id, answer) {
      const path = `invocation/${id}/response`;
      const { statusCode, text } = await ask('POST', path, answer);
      if (statusCode === TOO_LARGE || isSuccess(statusCode)) return;
      throw refusal(statusCode, path, text);
    },
    async fail(id, error) {
      await call('POST', `invocation/${id}/error`, inWords(error));
    },
    async failInit(error) {
      await call('POST', 'init/error', inWords(error));
    },
  };
}

const isSuccess = (statusCode: number): boolean => statusCode >= 200 && statusCode <= 299;

function refusal(statusCode: number, path: string, text: string): Error {
  return new Error(`The Runtime API answers ${statusCode} to ${path}: ${text.slice(0, 500)}`);
}

/** Whatever an invoker sends is an event; what is no JSON is one that holds no request. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function inWords(error: unknown): { errorType: string; errorMessage: string } {
  if (!(error instanceof Error)) return { errorType: 'Error', errorMessage: String(error) };
  const code = isRecord(error) && typeof error['code'] === 'string' ? error['code'] : error.name;
  return { errorType: code, errorMessage: error.message };
}
