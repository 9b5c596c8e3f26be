import { randomUUID } from 'node:crypto';

/**
 * A name for one call: a UUID of version 7 (RFC 9562), so that it tells when the call was answered, and a log that is
 * ordered by time can be searched by it. Nothing of the caller goes into it: a request id may be sent twice.
 */
export function newCallId(now: number = Date.now()): string {
  const time = hexTime(now);
  // What is drawn is a UUID of version 4, whose variant and last 74 bits are used.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

let lastTime = NaN;
let lastHex = '';

/** Milliseconds in 12 digits; many calls have the same. */
function hexTime(now: number): string {
  if (now !== lastTime) lastHex = now.toString(16).padStart(12, '0');
  lastTime = now;
  return lastHex;
}

/** The name of the prediction of one image of a call. */
export function predictionId(call: string, index: number): string {
  return `${call}.${index}`;
}

/** The call and the image that an id names. */
export interface PredictionName {
  readonly call: string;
  readonly index: number;
  /** When the call was answered, in milliseconds since the epoch. */
  readonly time: number;
}

const form =
  /^([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})(?:\.(\d{1,6}))?$/;

/** What an id says; undefined for a text that is none. The id of a call alone means its first image. */
export function readPredictionId(id: string): PredictionName | undefined {
  const [, call, index = '0'] = form.exec(id) ?? [];
  if (call === undefined) return undefined;
  return { call, index: Number(index), time: parseInt(call.replace('-', '').slice(0, 12), 16) };
}
