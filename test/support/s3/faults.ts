import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RefusalDetails, S3Answer } from './exchange.ts';

/** What may go wrong between a client and S3. */
export type Effect =
  /** Refused before anything is done. */
  | ({ readonly kind: 'refuse'; readonly status: number; readonly code: string } & RefusalDetails)
  /** Something that is not S3 answers with a page for people. */
  | { readonly kind: 'page'; readonly status: number; readonly body?: string }
  /** The connection breaks before anything is done. */
  | { readonly kind: 'reset' }
  /** Done, but the connection breaks before the answer. */
  | { readonly kind: 'loseAnswer' }
  /** Done, but the answer begins late. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The body stops after so many bytes and nothing more is heard. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** The connection breaks after so many bytes of the body. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** One byte of the body arrives bent. */
  | { readonly kind: 'flip'; readonly at: number }
  /** The body is right and the checksum header is not. */
  | { readonly kind: 'wrongChecksum' }
  /** Nothing is done, but the answer is a 200 with an error inside, as long operations may end. */
  | { readonly kind: 'errorInSuccess'; readonly code: string };

export interface Fault {
  readonly effect: Effect;
  readonly method?: string;
  /** Found somewhere in "METHOD /bucket/key?query". */
  readonly matching?: RegExp;
  /** How many calls it befalls; 1 unless told. */
  readonly times?: number;
  /** Runs when the fault strikes, before the call is looked at. */
  readonly strike?: () => void;
}

export class Faults {
  readonly #pending: { fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.#pending.push({ fault, left: fault.times ?? 1 });
  }

  /** The effect that befalls this call, if any; it is used up by that. */
  take(method: string, url: string): Effect | undefined {
    const hit = this.#pending.find(
      ({ fault, left }) =>
        left > 0 &&
        (fault.method === undefined || fault.method === method) &&
        (fault.matching === undefined || fault.matching.test(`${method} ${url}`)),
    );
    if (hit === undefined) return undefined;
    hit.left -= 1;
    hit.fault.strike?.();
    return hit.fault.effect;
  }

  clear(): void {
    this.#pending.length = 0;
  }
}

/** Sends an answer through an effect. `undefined` sends it as it is. */
export async function send(
  response: ServerResponse,
  answer: S3Answer,
  effect: Effect | undefined,
): Promise<void> {
  const body = Buffer.from(answer.body ?? '');
  switch (effect?.kind) {
    case 'loseAnswer':
      response.destroy();
      return;
    case 'delay':
      await sleep(effect.ms);
      return end(response, answer, body);
    case 'stall':
    case 'cut':
      head(response, answer, body);
      response.write(body.subarray(0, effect.afterBytes), () => {
        if (effect.kind === 'cut') response.destroy();
      });
      return;
    case 'flip': {
      const bent = Buffer.from(body);
      bent[effect.at] = (bent[effect.at] ?? 0) ^ 1;
      return end(response, answer, bent);
    }
    case 'wrongChecksum': {
      const headers = { ...answer.headers, 'x-amz-checksum-crc32': 'AAAAAA==' };
      return end(response, { ...answer, headers }, body);
    }
    case 'errorInSuccess': {
      const text = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${effect.code}</Code><Message>Try again.</Message></Error>`;
      return end(response, { status: 200 }, Buffer.from(text));
    }
    default:
      return end(response, answer, body);
  }
}

function head(response: ServerResponse, { status, headers = {} }: S3Answer, body: Buffer): void {
  const hasLength = status !== 304 && status !== 204;
  response.writeHead(status, {
    ...(hasLength ? { 'content-length': String(body.length) } : {}),
    ...headers,
  });
}

function end(response: ServerResponse, answer: S3Answer, body: Buffer): void {
  head(response, answer, body);
  response.end(body);
}
