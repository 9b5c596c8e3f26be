import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../../src/access/api-key.ts';
import { packageRoot } from '../../src/package.ts';
import { compiled } from '../support/programs.ts';
import { shippedModels } from '../support/shipped-models.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { balancer, version1, version2 } from './events.ts';

interface Outcome {
  readonly kind: string;
  readonly content: Record<string, unknown>;
}

/** Lambda's Runtime API with these events in its queue; resolves with what became of each, or of the start. */
async function invoke(
  events: readonly unknown[],
  settings: Record<string, string> = {},
): Promise<{ outcomes: Outcome[]; log: Record<string, unknown>[] }> {
  const waiting = events.map((event, index) => ({ id: `id-${index}`, event }));
  const outcomes: Outcome[] = [];
  const finish = new AbortController();
  const finished = once(finish.signal, 'abort');
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '').replace('/2018-06-01/runtime/', '');
    if (path === 'invocation/next') {
      const next = waiting.shift();
      // Nothing comes any more, as long as the function stands still.
      if (next)
        response
          .setHeader('lambda-runtime-aws-request-id', next.id)
          .end(JSON.stringify(next.event));
      return;
    }
    const content = JSON.parse(
      Buffer.concat(await request.toArray()).toString(),
    ) as Outcome['content'];
    outcomes.push({ kind: path, content });
    // As Lambda does for an answer that is too large.
    response.writeHead(path === 'invocation/id-2/response' ? 413 : 202).end();
    if (outcomes.length === events.length || path === 'init/error') finish.abort();
  };
  const api = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  const { port } = api.address() as AddressInfo;
  const child = spawn(process.execPath, [compiled('lambda')], {
    env: {
      ...process.env,
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
      GLIMPSE_REPOSITORY: await shippedModels(),
      GLIMPSE_DATA_DIR: join(await temporaryFolder(), 'data'),
      GLIMPSE_KEYS_FILE: join(await temporaryFolder(), 'keys.json'),
      GLIMPSE_OPEN_PREDICT: '1',
      GLIMPSE_ADMIN_KEY: adminKey,
      GLIMPSE_MAX_BATCH_SIZE: '1',
      ...settings,
    },
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await Promise.race([finished, ended]);
  child.kill('SIGKILL');
  await ended;
  api.closeAllConnections();
  api.close();
  const log = said
    .trim()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { outcomes, log };
}

const { text: adminKey } = createKey({ name: 'x', scopes: ['admin'], models: ['*'] }, new Date());

const bodyOf = ({ content }: Outcome): unknown => JSON.parse(String(content['body']));

describe('Glimpse as a function of AWS Lambda', { timeout: 30_000 }, () => {
  let result: Awaited<ReturnType<typeof invoke>>;
  beforeAll(async () => {
    const body = await readFile(join(packageRoot, 'samples/golden/7.png'));
    const training = { method: 'POST', path: '/train', body: Buffer.from('{}') };
    const sent = { method: 'POST', path: '/predict', type: 'image/png', body };
    result = await invoke([
      version2({ ...sent, id: 'the-id-of-lambda' }),
      version1(sent),
      balancer(sent),
      { hello: 'world' },
      {
        ...version2(training),
        headers: { 'x-api-key': adminKey, 'content-type': 'application/json' },
      },
      version2({ path: '/readyz' }),
      version2({
        method: 'POST',
        path: '/predict',
        type: 'image/png',
        body: Buffer.from('no image'),
      }),
      version2({ ...training, address: '127.0.0.1' }),
    ]);
  }, 60_000);

  it('answers images of API Gateway, of function URLs and of load balancers', () => {
    const answers = result.outcomes.slice(0, 3);
    expect(answers.map(({ kind }) => kind)).toEqual([
      'invocation/id-0/response',
      'invocation/id-1/response',
      'invocation/id-2/response',
    ]);
    for (const answer of answers) {
      expect(answer.content['statusCode']).toBe(200);
      expect(bodyOf(answer)).toMatchObject({ model: 'digits', predictions: [{ label: '7' }] });
    }
  });

  it('ends an event that holds no request with an error, and goes on', () => {
    expect(result.outcomes[3]).toMatchObject({
      kind: 'invocation/id-3/error',
      content: { errorType: 'UnknownEvent' },
    });
    expect(result.outcomes[5]!.content['statusCode']).toBe(200);
  });

  it('gives more events to who has answered too much for Lambda', () => {
    expect(result.outcomes).toHaveLength(8);
  });

  it('lets nobody do more because an event calls its caller an address of this machine', () => {
    expect(result.outcomes[7]!.content['statusCode']).toBe(401);
  });

  it('takes no jobs, which would stand still with it', () => {
    const refusal = result.outcomes[4]!;
    expect(refusal.content['statusCode']).toBe(501);
    expect(bodyOf(refusal)).toMatchObject({ error: { code: 'GLIMPSE_NOT_OFFERED' } });
  });

  it('answers errors as any server does', () => {
    expect(result.outcomes[6]!.content['statusCode']).toBe(415);
  });

  it('has written the line of a request before it stands still again', () => {
    const line = result.log.find(({ requestId }) => requestId === 'the-id-of-lambda');
    expect(line).toMatchObject({ msg: 'answered', status: 200, route: '/predict' });
  });

  it('tells Lambda why it cannot start', async () => {
    const { outcomes } = await invoke([], { GLIMPSE_MAX_BATCH_SIZE: 'many' });
    expect(outcomes).toMatchObject([
      {
        kind: 'init/error',
        content: { errorMessage: expect.stringContaining('GLIMPSE_MAX_BATCH_SIZE=many') as string },
      },
    ]);
  });
});
