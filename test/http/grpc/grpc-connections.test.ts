import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../../../src/access/api-key.ts';
import { changeKeyFile } from '../../../src/access/key-file.ts';
import { listenForGrpc } from '../../../src/http/grpc/grpc-listener.ts';
import { registerSecret } from '../../support/recorded-logs.ts';
import { closeServers, openServer, type TestServer } from '../../support/server.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { slowModel } from '../../support/tiny-onnx.ts';
import { tinyDraft } from '../../support/tiny-version.ts';
import { freePort, grpcClient } from './grpc-client.ts';

const infer = (model: string, count = 1) => ({
  model_name: model,
  inputs: [
    {
      name: 'image',
      datatype: 'FP32',
      shape: [count, 1, 2, 2],
      contents: { fp32_contents: Array.from({ length: 4 * count }, () => 0.5) },
    },
  ],
});

const wide = (bytes: number) => ({ ...infer('slow'), id: 'x'.repeat(bytes) });

const named = (host: string) => ({ 'grpc.ssl_target_name_override': host });

async function outcome(client: ReturnType<typeof grpcClient>): Promise<unknown> {
  const { answer, error } = await client.ask('ServerLive', {}, { deadlineMs: 3_000 });
  client.close();
  return answer ?? error?.code;
}

describe('gRPC on a server with keys and limits', () => {
  const keys: Record<string, string> = {};
  let server: TestServer;
  let port = 0;
  let client: ReturnType<typeof grpcClient>;

  beforeAll(async () => {
    const file = join(await temporaryFolder(), 'keys.json');
    const stored = ['slow', 'shop-*'].map((model) => {
      const made = createKey({ name: model, scopes: ['predict'], models: [model] }, new Date());
      keys[model] = made.text;
      registerSecret(made.text.split('_').slice(2).join('_'));
      return made.stored;
    });
    await changeKeyFile(file, () => stored);
    port = await freePort();
    server = await openServer({
      versions: [await tinyDraft({ model: 'slow', onnx: slowModel(600) })],
      env: {
        GLIMPSE_HOST: '127.0.0.1',
        GLIMPSE_GRPC_PORT: String(port),
        GLIMPSE_KEYS_FILE: file,
        GLIMPSE_BODY_LIMIT_BYTES: '65536',
        GLIMPSE_MAX_BATCH_SIZE: '8',
        GLIMPSE_MAX_QUEUE_SIZE: '32',
      },
    });
    await server.listenForGrpc();
    client = grpcClient(port);
  });
  afterAll(async () => {
    client.close();
    await closeServers();
  });

  const key = () => ({ 'x-api-key': keys['slow']! });
  const closed = (): number => server.lines.filter(({ status }) => status === 499).length;

  it('asks for a key in the metadata, and for one that is for the model', async () => {
    expect((await client.ask('ServerLive')).answer).toEqual({ live: true });
    const { error } = await client.ask('ModelInfer', infer('slow'));
    expect(error).toMatchObject({ code: 16 });
    expect(error!.metadata.get('glimpse-error-code')).toEqual(['GLIMPSE_UNAUTHENTICATED']);
    expect(error!.metadata.get('www-authenticate')).toEqual(['Bearer realm="glimpse"']);
    const wrong = { headers: { authorization: `Bearer ${keys['shop-*']}` } };
    expect((await client.ask('ModelInfer', infer('slow'), wrong)).error).toMatchObject({
      code: expect.toBeOneOf([5, 7]),
    });
    const right = { headers: { authorization: `Bearer ${keys['slow']}` } };
    expect((await client.ask('ModelInfer', infer('slow'), right)).error).toBeUndefined();
    expect((await client.ask('ModelInfer', infer('slow'), { headers: key() })).error).toBe(
      undefined,
    );
  });

  it('refuses a body beyond its limit as HTTP does, and a message far beyond it unread', async () => {
    const over = await client.ask('ModelInfer', wide(70_000), { headers: key() });
    expect(over.error).toMatchObject({ code: 3 });
    expect(over.error!.metadata.get('glimpse-error-code')).toEqual(['GLIMPSE_BODY_TOO_LARGE']);
    const far = await client.ask('ModelInfer', wide(140_000), { headers: key() });
    expect(far.error).toMatchObject({ code: 8 });
  });

  it('tells those whom it cannot take when to come back', async () => {
    const calls = Array.from({ length: 12 }, () =>
      client.ask('ModelInfer', infer('slow', 8), { headers: key() }),
    );
    const refused = (await Promise.all(calls)).flatMap(({ error }) => error ?? []);
    expect(refused.length).toBeGreaterThan(0);
    for (const { code, metadata } of refused) {
      expect(code).toBe(8);
      expect(metadata.get('glimpse-error-code')).toEqual(['GLIMPSE_QUEUE_FULL']);
      const [seconds] = metadata.get('retry-after');
      expect(Number(seconds)).toBeGreaterThanOrEqual(1);
      expect(metadata.get('grpc-retry-pushback-ms')).toEqual([`${Number(seconds) * 1_000}`]);
    }
  });

  it('drops the work of a call that is cancelled, or is later than its deadline', async () => {
    const ran = async (): Promise<number> => {
      const { answer } = await client.ask('ModelStatistics', { name: 'slow' }, { headers: key() });
      return answer.model_stats[0].inference_count;
    };
    const before = await ran();
    const closedBefore = closed();
    const cancels: (() => void)[] = [];
    const onOpen = (cancel: () => void): void => void cancels.push(cancel);
    const busy = client.ask('ModelInfer', infer('slow', 8), { headers: key() });
    const left = [0, 1].map(() =>
      client.ask('ModelInfer', infer('slow', 8), { headers: key(), onOpen }),
    );
    // What a connection brings is read in its order: those before this one have arrived, and two wait for the first.
    await client.ask('ServerLive', {}, { headers: key() });
    for (const cancel of cancels) cancel();
    for (const { error } of await Promise.all(left)) expect(error).toMatchObject({ code: 1 });
    await expect.poll(closed, { timeout: 20_000 }).toBe(closedBefore + 2);
    const late = await client.ask('ModelInfer', infer('slow', 8), {
      headers: key(),
      deadlineMs: 1,
    });
    expect(late.error).toMatchObject({ code: 4 });
    expect((await busy).error).toBeUndefined();
    // Eight of them were answered; of those that left, at most what the model had begun with.
    expect(await ran()).toBeLessThanOrEqual(before + 16);
  });

  it('answers what it has taken when it is stopped, and nothing afterwards', async () => {
    const calls = [0, 1, 2].map(() =>
      client.ask('ModelInfer', infer('slow', 8), { headers: key() }),
    );
    const arrived = (): number => server.lines.filter(({ msg }) => msg === 'answered').length;
    const atFirst = arrived();
    await expect.poll(() => client.client.getChannel().getConnectivityState(false)).toBe(2);
    await client.ask('ServerLive', {}, { headers: key() });
    const stopped = server.stop();
    const answers = await Promise.all(calls);
    expect(answers.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
    await stopped;
    expect(arrived() - atFirst).toBe(1 + 3);
    const { error } = await client.ask('ServerLive');
    expect(error).toMatchObject({ code: 14 });
  });
});

const hasOpenssl = (() => {
  try {
    execFileSync('openssl', ['version']);
    return true;
  } catch {
    return false;
  }
})();
if (!hasOpenssl) console.warn('SKIPPED gRPC OVER TLS: there is no openssl to make certificates');

describe.runIf(hasOpenssl)('gRPC over TLS', () => {
  let folder = '';
  const certificate = async (name: string, host: string) => {
    const file = join(folder, name);
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const names = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`, '-days', '2'];
    const out = ['-keyout', `${file}.key`, '-out', `${file}.pem`];
    execFileSync('openssl', ['req', '-x509', ...key, ...names, ...out], { stdio: 'ignore' });
    return { cert: await readFile(`${file}.pem`), key: await readFile(`${file}.key`) };
  };
  const open = {
    host: '127.0.0.1',
    port: 0,
    maxBodyBytes: 1_000_000,
    keepAliveTimeoutMs: 10_000,
    isReady: () => true,
  };
  const app = {
    routing: (_request: unknown, response: { end(text: string): void }) => response.end('{}'),
  };

  beforeAll(async () => {
    folder = await temporaryFolder();
  });

  it('shows the certificate of the server, takes clients with theirs alone, and another certificate while it runs', async () => {
    const [one, two, own] = [
      await certificate('one', 'one.example'),
      await certificate('two', 'two.example'),
      await certificate('own', 'client.example'),
    ];
    const listener = await listenForGrpc(app, { ...open, tls: { ...one, ca: own.cert } });
    const clientOf = (server: { cert: Buffer }, host: string, mine?: typeof own) =>
      grpcClient(
        listener.port,
        credentials.createSsl(server.cert, mine?.key ?? null, mine?.cert ?? null),
        named(host),
      );
    const live = { live: true };
    expect(await outcome(clientOf(one, 'one.example', own))).toEqual(live);
    expect(await outcome(clientOf(one, 'one.example'))).toBe(14);
    expect(await outcome(clientOf(one, 'one.example', two))).toBe(14);

    listener.certificate!.setSecureContext({ ...two, ca: own.cert });
    expect(await outcome(clientOf(two, 'two.example', own))).toEqual(live);
    await listener.close(1_000);
  });

  it('asks nobody for a certificate unless told to, and speaks nothing before TLS 1.2', async () => {
    const one = await certificate('one', 'one.example');
    const listener = await listenForGrpc(app, { ...open, tls: one });
    const client = grpcClient(listener.port, credentials.createSsl(one.cert), named('one.example'));
    expect((await client.ask('ServerLive')).answer).toEqual({ live: true });
    client.close();
    const old = await new Promise<string>((resolve) => {
      const socket = connect({
        host: '127.0.0.1',
        port: listener.port,
        rejectUnauthorized: false,
        minVersion: 'TLSv1',
        maxVersion: 'TLSv1.1',
        ciphers: 'DEFAULT@SECLEVEL=0',
      });
      socket.once('secureConnect', () => resolve('spoken'));
      socket.once('error', () => resolve('refused'));
    });
    expect(old).toBe('refused');
    await listener.close(1_000);
  });
});
