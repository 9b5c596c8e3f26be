import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { callSqs } from '../../src/repository/stores/s3/sqs-queue.ts';
import { followStoreEvents, speaksOf } from '../../src/repository/stores/s3/store-events.ts';
import { s3OptionsFor, signInTo } from '../support/s3-options.ts';

/** An event as S3 sends it. */
const eventOf = (key: string, bucket = 'models') =>
  JSON.stringify({ Records: [{ s3: { bucket: { name: bucket }, object: { key } } }] });

describe('a message of a queue of S3 events', () => {
  const place = { bucket: 'models', prefix: 'glimpse' };

  it.each([
    ['labels that moved', eventOf('glimpse/digits/labels.json'), true],
    ['a version that is whole', eventOf('glimpse/digits/12/manifest.json'), true],
    ['a model whose name is encoded', eventOf('glimpse/a%2Bb/labels.json'), true],
    ['the same by way of SNS', JSON.stringify({ Message: eventOf('glimpse/d/labels.json') }), true],
    ['a file of a version that is not whole yet', eventOf('glimpse/digits/12/model.onnx'), false],
    ['another prefix', eventOf('glimpse2/digits/labels.json'), false],
    ['another bucket', eventOf('glimpse/digits/labels.json', 'others'), false],
    ['the test event of a new notification', '{"Event":"s3:TestEvent","Bucket":"models"}', false],
    ['a key that cannot be decoded', eventOf('glimpse/%E0%A4%A/labels.json'), false],
    ['no JSON', 'hello', false],
    ['other JSON', '{"Records":[null,{"s3":7}]}', false],
  ])('speaks of the repository or not: %s', (_, text, isOurs) => {
    expect(speaksOf(place, text)).toBe(isOurs);
  });

  it('needs no prefix in a bucket of its own', () => {
    expect(speaksOf({ bucket: 'models', prefix: '' }, eventOf('digits/labels.json'))).toBe(true);
  });
});

/** What a queue answers that has these messages. */
const messages = (...bodies: string[]) => ({
  status: 200,
  body: JSON.stringify({
    Messages: bodies.map((Body, at) => ({ MessageId: `${at}`, ReceiptHandle: `r${at}`, Body })),
  }),
});

describe('a queue of S3 events', () => {
  let server: Server;
  let queue: string;
  const calls: { target: string; authorization: string; body: unknown }[] = [];
  /** What is answered to the next calls that receive; then nothing comes any more. */
  const waiting: { status: number; body: string }[] = [];
  beforeAll(async () => {
    signInTo({ env: { AWS_ACCESS_KEY_ID: 'AK', AWS_SECRET_ACCESS_KEY: 'secret' } });
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { authorization = '', 'x-amz-target': target } = request.headers;
        const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
        calls.push({ target: String(target), authorization, body });
        const answer = String(target).endsWith('ReceiveMessage')
          ? waiting.shift()
          : { status: 200, body: '{"Successful":[]}' };
        if (answer) response.writeHead(answer.status).end(answer.body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    queue = `http://127.0.0.1:${port}/123456789012/events`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  beforeEach(() => {
    calls.length = 0;
    waiting.length = 0;
  });
  const follow = () => {
    const changes: number[] = [];
    const problems: string[] = [];
    const following = followStoreEvents({
      ...s3OptionsFor('', { region: 'eu-west-1' }),
      queue,
      bucket: 'models',
      prefix: '',
      onChange: async () => void changes.push(calls.length),
      onProblem: (problem) => problems.push(problem),
    });
    return { changes, problems, following };
  };

  it('has the repository read for a message that speaks of it, and is emptied of the others', async () => {
    waiting.push(messages(eventOf('digits/1/model.onnx'), eventOf('digits/labels.json')));
    waiting.push(messages('hello'));
    const { changes, problems, following } = follow();
    await vi.waitFor(() => expect(calls).toHaveLength(5));
    await following.stop();
    expect(changes).toHaveLength(1);
    expect(problems).toEqual([]);
    expect(calls.map(({ target }) => target)).toEqual([
      'AmazonSQS.ReceiveMessage',
      'AmazonSQS.DeleteMessageBatch',
      'AmazonSQS.ReceiveMessage',
      'AmazonSQS.DeleteMessageBatch',
      'AmazonSQS.ReceiveMessage',
    ]);
    expect(calls[0]).toMatchObject({
      authorization: expect.stringContaining('/eu-west-1/sqs/aws4_request'),
      body: { QueueUrl: queue, WaitTimeSeconds: 20 },
    });
    expect(calls[1]!.body).toMatchObject({
      Entries: [
        { Id: '0', ReceiptHandle: 'r0' },
        { Id: '1', ReceiptHandle: 'r1' },
      ],
    });
  });

  it('that fails is told of once, and asked again', async () => {
    waiting.push({ status: 403, body: '{"__type":"AccessDenied"}' });
    waiting.push(messages(eventOf('digits/labels.json')));
    const { changes, problems, following } = follow();
    await vi.waitFor(() => expect(changes).toHaveLength(1), { timeout: 20_000 });
    await following.stop();
    expect(problems).toEqual([expect.stringContaining('403: {"__type":"AccessDenied"}')]);
  });

  it('is asked with the signature that the signer of the SDK makes', async () => {
    const address = 'https://sqs.eu-west-1.amazonaws.com/123456789012/events';
    const asked = vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response('{}'));
    const keys = {
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
      sessionToken: 'a-token',
    };
    const { signal } = new AbortController();
    const call = { queue: new URL(address), region: 'eu-west-1', keys, signal };
    const at = new Date('2026-01-01T12:00:00.000Z');
    await callSqs('ReceiveMessage', { MaxNumberOfMessages: 10 }, call, at);
    expect(asked.mock.lastCall![1]!.headers).toMatchObject({
      'x-amz-date': '20260101T120000Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-west-1/sqs/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, Signature=1fb6b7bc8abc20bce9013d81c02f558f3e38e7b42ecdf24d2c2936ed64cb8252',
    });
    asked.mockRestore();
  });
});
