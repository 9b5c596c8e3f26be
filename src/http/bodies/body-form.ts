import type { IncomingHttpHeaders } from 'node:http';
import type { RequestAccount } from '../../admission/ledger.ts';
import type { CancelSignal } from '../../cancellation.ts';
import { errors } from '../../errors.ts';
import type { Instance } from '../../serving/prepare-instances.ts';
import { JsonScan, type JsonCounts, type JsonLimits } from '../json/json-scan.ts';
import { mostPerByte, parsedBytes, type PackedInstances } from './packed-instances.ts';

/** What the head of a request says of its body. */
export type BodyHead = Readonly<Pick<IncomingHttpHeaders, 'content-type' | 'accept'>> & {
  readonly 'inference-header-content-length'?: string | undefined;
};

/** A way to write instances down, and what is asked for beside them. Pure: it is read on a thread where it is large. */
export interface BodyForm<Asked> {
  /** By which the thread finds it in `known-forms.ts`. */
  readonly name: string;
  /** What its text holds, by which it is paid for. GLIMPSE_JSON_TOO_COMPLEX when that is more than it may. */
  counts(text: Uint8Array, maxImages: number): JsonCounts;
  /** How many bytes at its beginning are text, JSON nearly always; those behind them are taken as they are. */
  jsonBytes(body: Uint8Array, head: BodyHead): number;
  /** Where numbers stand behind the text, as the head tells, that are read where they lie. */
  numbersFrom?(head: BodyHead): number | undefined;
  /** Whether the images are pieces of the body as it is: besides its JSON, nothing of it takes time or memory. */
  readonly isView?: boolean;
  /**
   * Calls `check` before it makes more of its text than numbers of 32 bits. `asked` goes from thread to thread, and so
   * consists of plain values.
   */
  read(body: Buffer, head: BodyHead, maxImages: number, check: () => void): ReadBody<Asked>;
}

export interface ReadBody<Asked> {
  readonly instances: readonly Instance[];
  readonly asked: Asked;
}

/** A body on its way to the thread. */
export interface SentBody {
  readonly form: string;
  readonly body: Uint8Array;
  readonly head: BodyHead;
  readonly maxImages: number;
  /** What reading its JSON may take at most. */
  readonly maxBytes: number;
}

/** What it becomes, on its way back. */
export interface ReadBack {
  readonly instances: PackedInstances;
  readonly asked: unknown;
}

/** Reads bodies of the dialects: small ones at once, and those that would delay others on a thread. */
export interface BodyReader {
  read<Asked>(
    form: BodyForm<Asked>,
    body: Buffer,
    request: {
      readonly head: BodyHead;
      readonly maxImages: number;
      readonly account: RequestAccount;
      readonly signal: CancelSignal;
    },
  ): Promise<ReadBody<Asked>>;
  close(): Promise<void>;
}

/** The counts of a form that is JSON and holds at most so much. */
export function jsonCounts(limits: (maxImages: number) => JsonLimits): BodyForm<never>['counts'] {
  return (text, maxImages) => {
    const scan = new JsonScan(limits(maxImages));
    scan.push(text);
    return scan.counts;
  };
}

/**
 * The instances of a body, whose text is looked through before it is read: what `counts` refuses, or GLIMPSE_REQUEST_TOO_COSTLY by
 * what it would become.
 */
export function readChecked<Asked>(
  form: BodyForm<Asked>,
  { body, head, maxImages, maxBytes }: Omit<SentBody, 'form' | 'body'> & { readonly body: Buffer },
): ReadBody<Asked> {
  const text = body.subarray(0, form.jsonBytes(body, head));
  let isChecked = false;
  const check = (): void => {
    if (!isChecked) checkText(form, text, maxImages, maxBytes);
    isChecked = true;
  };
  if (mostPerByte * text.length > maxBytes) check();
  return form.read(body, head, maxImages, check);
}

export function checkText(
  form: Pick<BodyForm<unknown>, 'counts'>,
  text: Uint8Array,
  maxImages: number,
  maxBytes: number,
): void {
  const needed = parsedBytes(form.counts(text, maxImages));
  if (needed > maxBytes) throw new errors.GLIMPSE_REQUEST_TOO_COSTLY(needed, Math.floor(maxBytes));
}
