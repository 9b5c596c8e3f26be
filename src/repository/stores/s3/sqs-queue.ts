import { createHash, createHmac } from 'node:crypto';

/** Who signs, as the SDK finds them. */
export interface SigningKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface SqsCall {
  /** The address of the queue. */
  readonly queue: URL;
  readonly region: string;
  readonly keys: SigningKeys;
  readonly signal: AbortSignal;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: Buffer | string, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();

/**
 * One call of the JSON protocol of SQS. There are two that a server needs, and a client of its own would weigh as much as
 * that of S3; the signature is version 4, of a body whose text is known.
 */
export async function callSqs(
  action: 'ReceiveMessage' | 'DeleteMessageBatch',
  fields: object,
  { queue, region, keys, signal }: SqsCall,
  now = new Date(),
): Promise<unknown> {
  const body = JSON.stringify({ QueueUrl: queue.href, ...fields });
  const date = now.toISOString().replaceAll(/[:-]|\.\d{3}/g, '');
  const signed: Record<string, string> = {
    'content-type': 'application/x-amz-json-1.0',
    host: queue.host,
    'x-amz-date': date,
    ...(keys.sessionToken !== undefined && { 'x-amz-security-token': keys.sessionToken }),
    'x-amz-target': `AmazonSQS.${action}`,
  };
  const { host: _, ...headers } = signed;
  const authorization = authorizationOf(signed, body, { date, region, keys });
  const response = await fetch(new URL('/', queue), {
    method: 'POST',
    headers: { ...headers, authorization },
    body,
    signal,
    redirect: 'error',
  });
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  throw new Error(`${action} was answered with ${response.status}: ${text.slice(0, 300)}`);
}

function authorizationOf(
  signed: Readonly<Record<string, string>>,
  body: string,
  { date, region, keys }: { date: string; region: string; keys: SigningKeys },
): string {
  const names = Object.keys(signed).join(';');
  const lines = Object.entries(signed).map(([name, value]) => `${name}:${value}`);
  const canonical = ['POST', '/', '', ...lines, '', names, sha256(body)].join('\n');
  const day = date.slice(0, 8);
  const scope = `${day}/${region}/sqs/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const key = [region, 'sqs', 'aws4_request'].reduce(
    (before, text) => hmac(before, text),
    hmac(`AWS4${keys.secretAccessKey}`, day),
  );
  const signature = hmac(key, toSign).toString('hex');
  return `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
}
