import { setTimeout as sleep } from 'node:timers/promises';
import { Check } from 'typebox/schema';
import { messageOf } from '../../../errors.ts';
import { isRecord } from '../../../json.ts';
import { Type } from '../../../schema/builder.ts';
import { connectS3, type S3Connection, type S3Options } from './s3-client.ts';
import { callSqs, type SqsCall } from './sqs-queue.ts';

export interface StoreEventsOptions extends S3Options {
  /** The address of an SQS queue that S3 sends its events to. */
  readonly queue: string;
  readonly bucket: string;
  readonly prefix: string;
  /** Something of the repository has changed: a hint, that may come twice, late, or never. */
  readonly onChange: () => Promise<void>;
  /** Told once, until the queue answers again. */
  readonly onProblem: (problem: string) => void;
}

/** How long a call waits for a message, at most what SQS allows. */
const waitSeconds = 20;
const longestPauseMs = 60_000;

const MessagesSchema = Type.Object({
  Messages: Type.Optional(
    Type.Array(Type.Object({ ReceiptHandle: Type.String(), Body: Type.String() })),
  ),
});

/** Follows a queue of S3 events until it is stopped. The queue is this server's own: what it has read it deletes. */
export function followStoreEvents(options: StoreEventsOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const following = follow(options, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await following;
    },
  };
}

async function follow(options: StoreEventsOptions, signal: AbortSignal): Promise<void> {
  let failures = 0;
  let connection: S3Connection | undefined;
  while (!signal.aborted) {
    try {
      connection ??= await connectS3(options);
      if (await receive(options, connection, signal)) await options.onChange();
      failures = 0;
    } catch (error) {
      // The next one looks for credentials anew.
      connection?.client.destroy();
      connection = undefined;
      if (signal.aborted) return;
      failures += 1;
      if (failures === 1) options.onProblem(messageOf(error));
      const pauseMs = Math.min(longestPauseMs, 1_000 * 2 ** (failures - 1));
      await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }
  connection?.client.destroy();
}

/** Reads what has come, and whether it speaks of the repository. */
async function receive(
  options: StoreEventsOptions,
  connection: S3Connection,
  signal: AbortSignal,
): Promise<boolean> {
  const call = await callOf(options, connection, signal);
  const asked = { MaxNumberOfMessages: 10, WaitTimeSeconds: waitSeconds };
  const answer = await callSqs('ReceiveMessage', asked, call);
  if (!Check(MessagesSchema, answer)) throw new Error('the queue answers with something else');
  const { Messages: messages = [] } = answer;
  if (messages.length === 0) return false;
  const isOurs = messages.some(({ Body }) => speaksOf(options, Body));
  const Entries = messages.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle }));
  await callSqs('DeleteMessageBatch', { Entries }, call);
  return isOurs;
}

async function callOf(
  options: StoreEventsOptions,
  { client }: S3Connection,
  signal: AbortSignal,
): Promise<SqsCall> {
  const queue = new URL(options.queue);
  const keys = await client.config.credentials();
  // The region of a queue stands in its address, where it is one of AWS.
  const named = /^sqs\.([a-z0-9-]+)\.amazonaws\.com/.exec(queue.hostname)?.[1];
  return { queue, keys, signal, region: named ?? (await client.config.region()) };
}

/** Files whose change a poll would notice. */
const noticed = /\/(?:labels|manifest|policy)\.json$/;

/** Whether a message is about the repository: an event of S3, as it is or passed on by SNS. */
export function speaksOf(
  { bucket, prefix }: Pick<StoreEventsOptions, 'bucket' | 'prefix'>,
  text: string,
): boolean {
  const body = parsed(text);
  if (typeof body['Message'] === 'string') return speaksOf({ bucket, prefix }, body['Message']);
  const records = Array.isArray(body['Records']) ? body['Records'] : [];
  return records.some((record: unknown) => {
    const s3 = isRecord(record) && isRecord(record['s3']) ? record['s3'] : {};
    const [named, object] = [s3['bucket'], s3['object']];
    if (!isRecord(named) || !isRecord(object) || named['name'] !== bucket) return false;
    const key = typeof object['key'] === 'string' ? decoded(object['key']) : '';
    return noticed.test(key) && (prefix === '' || key.startsWith(`${prefix}/`));
  });
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

/** Keys come encoded as in forms. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return '';
  }
}
