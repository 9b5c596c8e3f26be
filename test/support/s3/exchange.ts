import type { IncomingHttpHeaders } from 'node:http';

/** One request, understood, authenticated and with its body decoded and verified. */
export interface S3Request {
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The checksums that were verified, by header name: they are kept with the object. */
  readonly checksums: Readonly<Record<string, string>>;
}

export interface S3Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** What a refusal says besides its code and its message. */
export interface RefusalDetails {
  readonly headers?: Readonly<Record<string, string>>;
  readonly fields?: Readonly<Record<string, string>>;
}

/** What S3 answers when it will not do something. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly more: RefusalDetails;

  constructor(status: number, code: string, message = code, more: RefusalDetails = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.more = more;
  }
}

export function notImplemented(what: string): Refusal {
  return new Refusal(501, 'NotImplemented', `${what} is not implemented here`);
}

/** The text of a header that may be there once only. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}
