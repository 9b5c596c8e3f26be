import { errorCodes } from './contract/calls.ts';

/** The code of an error that a server has answered; docs/errors.md says what each means. */
export type ErrorCode = (typeof errorCodes)[number];

/** What is known about an error besides its sentence. */
export interface ErrorFacts {
  /** One of `ErrorCode`, or that of a newer server. */
  readonly code: string;
  readonly status: number;
  /** The request in the log of the server. */
  readonly requestId?: string | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  /** How long the server asks to be left alone. */
  readonly retryAfterMs?: number | undefined;
}

/** A call that the server has refused. Each code has a class of its own: `error instanceof errors.GLIMPSE_QUEUE_FULL`. */
export class GlimpseError extends Error implements ErrorFacts {
  override readonly name: string = 'GlimpseError';
  readonly code: string;
  readonly status: number;
  readonly requestId: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, facts: ErrorFacts) {
    super(message);
    this.code = facts.code;
    this.status = facts.status;
    this.requestId = facts.requestId;
    this.details = facts.details;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** No answer came: the server could not be reached, or the connection broke. `cause` is what fetch threw. */
export class GlimpseUnreachable extends Error {
  override readonly name = 'GlimpseUnreachable';
}

/** The deadline of the client passed before an answer came. */
export class GlimpseTimeout extends Error {
  override readonly name = 'GlimpseTimeout';
}

/** What was waited for has ended without success; `job` has its record. */
export class GlimpseJobFailed<
  Job extends { readonly id: string; readonly state: string },
> extends Error {
  override readonly name = 'GlimpseJobFailed';
  readonly job: Job;

  constructor(job: Job, reason: string | undefined) {
    super(`Job ${job.id} is ${job.state}${reason === undefined ? '' : `: ${reason}`}`);
    this.job = job;
  }
}

/** A class for each code. */
export type ErrorClasses = { readonly [Code in ErrorCode]: typeof GlimpseError };

function classOf(code: ErrorCode): typeof GlimpseError {
  const made = class extends GlimpseError {
    override readonly name = code;
  };
  Object.defineProperty(made, 'name', { value: code });
  return made;
}

/** The class of each code. */
export const errors: ErrorClasses = classesOf(errorCodes);

function classesOf(codes: readonly ErrorCode[]): ErrorClasses {
  const classes = Object.fromEntries(codes.map((code) => [code, classOf(code)]));
  // The keys are the codes; the compiler cannot see through fromEntries.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.freeze(classes) as ErrorClasses;
}

/** The error that an answer tells; of one that is not in our form, its status is what is known. */
export async function errorOf(response: Response): Promise<GlimpseError> {
  const text = await response.text();
  const { error, requestId } = toldIn(text);
  const code = textOf(error['code']) ?? `HTTP_${response.status}`;
  const message = textOf(error['message']) ?? (text.slice(0, 200) || `HTTP ${response.status}`);
  const facts: ErrorFacts = {
    code,
    status: response.status,
    requestId: textOf(requestId) ?? response.headers.get('x-request-id') ?? undefined,
    details: isRecord(error['details']) ? error['details'] : undefined,
    retryAfterMs: retryAfterOf(response.headers.get('retry-after')),
  };
  return isKnown(code) ? new errors[code](message, facts) : new GlimpseError(message, facts);
}

/** Seconds or a date, as RFC 9110 has it. */
export function retryAfterOf(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

function toldIn(text: string): { error: Record<string, unknown>; requestId: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value) && isRecord(value['error']))
      return { error: value['error'], requestId: value['requestId'] };
  } catch {
    // A proxy before the server answers in its own words.
  }
  return { error: {}, requestId: undefined };
}

const known: ReadonlySet<string> = new Set(errorCodes);
const isKnown = (code: string): code is ErrorCode => known.has(code);

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
