import { errorOf, GlimpseTimeout, GlimpseUnreachable } from './errors.ts';

/** How calls are sent, where the call itself does not say otherwise. */
export interface SendOptions {
  /** Where the server is: https://host or https://host/prefix. */
  readonly url: string;
  readonly fetch: typeof globalThis.fetch;
  readonly headers: Readonly<Record<string, string>>;
  /** For everything that a call does, its retries included. */
  readonly timeoutMs: number;
  /** How often a call is sent again that was refused for now (429, 503) or got no answer. */
  readonly retries: number;
  /** The first wait before that, where the server names none; it doubles, and up to half of it is left to chance. */
  readonly backoffMs: number;
}

/** One request. Its body can be sent again. */
export interface Request {
  readonly method: string;
  /** With its query; begins with a slash. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: FormData | Blob | string | undefined;
  /** Whether it may be sent twice: it changes nothing, or the server knows the second one by its idempotency key. */
  readonly isRepeatable: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly retries?: number | undefined;
}

/**
 * Sends a request until it is answered, for as long as its deadline allows. A refusal of the server is thrown as GlimpseError,
 * no answer as GlimpseUnreachable, a deadline that passed as GlimpseTimeout, and what `signal` aborts as its reason.
 */
export async function send(request: Request, options: SendOptions): Promise<Response> {
  const { timeoutMs = options.timeoutMs, retries = options.retries } = request;
  const deadline = Deadline.of(timeoutMs, request.signal);
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await sendOnce(request, options, deadline);
    if ('response' in outcome) return outcome.response;
    const { error, retryAfterMs } = outcome;
    const waitMs = retryAfterMs ?? backoff(options.backoffMs, attempt);
    const mayRepeat = outcome.isRefusedForNow || (outcome.isLost && request.isRepeatable);
    if (!mayRepeat || attempt >= retries || waitMs >= deadline.leftMs()) throw error;
    await deadline.wait(waitMs);
  }
}

type Outcome =
  | { readonly response: Response }
  | {
      readonly error: Error;
      /** Nothing was done: it may be sent again, whatever it is. */
      readonly isRefusedForNow: boolean;
      /** What became of it is not known. */
      readonly isLost: boolean;
      readonly retryAfterMs: number | undefined;
    };

async function sendOnce(
  { method, path, headers, body }: Request,
  { url, fetch, headers: always }: SendOptions,
  deadline: Deadline,
): Promise<Outcome> {
  deadline.check();
  try {
    const response = await fetch(`${url.replace(/\/$/, '')}${path}`, {
      method,
      headers: { ...always, ...deadline.header(), ...headers },
      signal: deadline.signal,
      ...(body !== undefined && { body }),
    });
    if (response.ok || response.status === 304) return { response };
    const error = await errorOf(response);
    const isRefusedForNow = response.status === 429 || response.status === 503;
    return { error, isRefusedForNow, isLost: false, retryAfterMs: error.retryAfterMs };
  } catch (cause) {
    deadline.check();
    const error = new GlimpseUnreachable(`${method} ${url}${path} got no answer`, { cause });
    return { error, isRefusedForNow: false, isLost: true, retryAfterMs: undefined };
  }
}

function backoff(firstMs: number, attempt: number): number {
  const most = Math.min(firstMs * 2 ** attempt, 20_000);
  return most * (0.5 + Math.random() / 2);
}

/** Until when a call has time, and whether its caller still wants it. */
class Deadline {
  readonly signal: AbortSignal;
  readonly #given: AbortSignal | undefined;
  readonly #timeoutMs: number;
  readonly #endsAt: number;

  private constructor(timeoutMs: number, given: AbortSignal | undefined) {
    this.#timeoutMs = timeoutMs;
    this.#given = given;
    this.#endsAt = performance.now() + timeoutMs;
    const signals = given ? [given] : [];
    this.signal = AbortSignal.any(
      Number.isFinite(timeoutMs) ? [...signals, AbortSignal.timeout(timeoutMs)] : signals,
    );
  }

  static of(timeoutMs: number, given: AbortSignal | undefined): Deadline {
    return new Deadline(timeoutMs, given);
  }

  leftMs(): number {
    return this.#endsAt - performance.now();
  }

  /** What the server is told of it, so that it does no work that nobody waits for. */
  header(): Record<string, string> {
    const ms = Math.floor(this.leftMs());
    return Number.isFinite(ms) ? { 'x-request-timeout-ms': String(Math.max(1, ms)) } : {};
  }

  check(): void {
    if (this.#given?.aborted) throw this.#given.reason;
    if (this.leftMs() <= 0 || this.signal.aborted)
      throw new GlimpseTimeout(`no answer within ${this.#timeoutMs} ms`);
  }

  async wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.signal.addEventListener('abort', end, { once: true });
    });
    this.check();
  }
}
