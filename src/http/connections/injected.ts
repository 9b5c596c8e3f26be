import { METHODS } from 'node:http';
import type { FastifyInstance, InjectOptions } from 'fastify';

/** A request that has come over no connection of this server. */
export interface InjectedRequest {
  readonly method: string;
  /** Path and query as on a request line. */
  readonly url: string;
  /** By names in small letters. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
  /** Who counts as its caller. */
  readonly remoteAddress: string;
}

/** What it was answered. */
export interface InjectedAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | number | string[] | undefined>>;
  readonly body: Buffer;
}

/** Answers a request as if it had come over a connection; undefined for a method that Node does not know. */
export async function answerInjected(
  app: FastifyInstance,
  { method, url, headers, body, remoteAddress }: InjectedRequest,
): Promise<InjectedAnswer | undefined> {
  if (!isMethod(method)) return undefined;
  const {
    statusCode,
    headers: given,
    rawPayload,
  } = await app.inject({
    method,
    url,
    headers,
    remoteAddress,
    ...(body.length > 0 && { payload: body }),
  });
  return { statusCode, headers: given, body: rawPayload };
}

function isMethod(word: string): word is NonNullable<InjectOptions['method']> {
  return METHODS.includes(word);
}
