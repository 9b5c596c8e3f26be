import { execFileSync } from 'node:child_process';
import { copyFile, readFile } from 'node:fs/promises';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { composeServer } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { createTlsServer, followTls, readTls } from '../../src/http/connections/tls.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { recordedLogger } from '../support/recorded-logs.ts';

/** Node cannot make certificates; openssl can, where it is there. */
const hasOpenssl = (() => {
  try {
    execFileSync('openssl', ['version']);
    return true;
  } catch {
    return false;
  }
})();
if (!hasOpenssl) console.warn('SKIPPED TLS: there is no openssl to make certificates with');

describe.runIf(hasOpenssl)('TLS', () => {
  let folder = '';
  const file = (name: string): string => join(folder, name);

  beforeAll(async () => {
    folder = await temporaryFolder();
    makeCertificate(file('one'), 'one.example');
    makeCertificate(file('two'), 'two.example');
    makeCertificate(file('client'), 'client.example');
  });

  it('serves HTTPS, asks for client certificates where it is told to, and follows its files', async () => {
    const files = { cert: file('cert.pem'), key: file('key.pem'), clientCa: file('client.pem') };
    await copyFile(file('one.pem'), files.cert);
    await copyFile(file('one.key'), files.key);
    const server = createTlsServer(await readTls(files), {}, (_, response) =>
      response.end('hello'),
    );
    const onReload = vi.fn<(problem?: unknown) => void>();
    const stop = followTls(server, files, onReload, 10);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      stop();
      server.close();
    });
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const client = {
      cert: await readFile(file('client.pem')),
      key: await readFile(file('client.key')),
    };

    await expect(get({ port })).rejects.toThrow();
    expect((await get({ port, ...client })).name).toBe('one.example');

    await copyFile(file('two.pem'), files.cert);
    await copyFile(file('two.key'), files.key);
    await vi.waitFor(async () => {
      expect((await get({ port, ...client })).name).toBe('two.example');
    });
    expect(onReload.mock.calls.some(([problem]) => problem === undefined)).toBe(true);
  });

  describe('on a whole server', () => {
    let url = '';
    let server: Awaited<ReturnType<typeof composeServer>>;
    beforeAll(async () => {
      const config = readConfig({
        GLIMPSE_REPOSITORY: await temporaryFolder(),
        GLIMPSE_DATA_DIR: await temporaryFolder(),
        GLIMPSE_TLS_CERT: file('one.pem'),
        GLIMPSE_TLS_KEY: file('one.key'),
      });
      server = await composeServer(config, recordedLogger());
      url = await server.app.listen({ host: '127.0.0.1', port: 0 });
    });
    afterAll(() => server.stop());

    it('answers over HTTPS', async () => {
      const { port } = new URL(url);
      expect(await get({ port, path: '/livez' })).toMatchObject({
        name: 'one.example',
        status: 200,
      });
    });

    it('answers a client that has ended its own side', async () => {
      const port = Number(new URL(url).port);
      const options = { port, host: '127.0.0.1', rejectUnauthorized: false, allowHalfOpen: true };
      const socket = connectTls(options, () =>
        socket.end('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n'),
      );
      let text = '';
      for await (const chunk of socket.setEncoding('utf8')) text += String(chunk);
      expect(text).toMatch(/^HTTP\/1\.1 200 OK.*"status":"ok"/s);
    });
  });

  it('does not start with half of what it takes', async () => {
    const config = readConfig({
      GLIMPSE_DATA_DIR: await temporaryFolder(),
      GLIMPSE_TLS_CERT: file('one.pem'),
    });
    await expect(composeServer(config, recordedLogger())).rejects.toThrow('GLIMPSE_TLS_KEY');
    await expect(pair(file('none.pem'), file('one.key'))).rejects.toMatchObject({
      code: 'GLIMPSE_TLS_INVALID',
      message: expect.stringMatching(/GLIMPSE_TLS_CERT cannot be read: [^/]+$/) as string,
    });
    for (const [cert, key] of [
      ['one.key', 'one.key'],
      ['one.pem', 'two.key'],
    ] as const) {
      await expect(pair(file(cert), file(key))).rejects.toMatchObject({
        code: 'GLIMPSE_TLS_INVALID',
        message: expect.stringContaining('no certificate and its key') as string,
      });
    }
  });
});

const pair = (cert: string, key: string) => readTls({ cert, key });

function makeCertificate(name: string, host: string): void {
  const subject = ['-subj', `/CN=${host}`, '-days', '2', '-nodes'];
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-keyout',
    `${name}.key`,
  ];
  execFileSync('openssl', ['req', '-x509', ...key, ...subject, '-out', `${name}.pem`], {
    stdio: 'ignore',
  });
}

async function get(options: RequestOptions): Promise<{ name: string; status: number | undefined }> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      { host: '127.0.0.1', agent: false, rejectUnauthorized: false, ...options },
      (response) => {
        const socket = response.socket as TLSSocket;
        const certificate: PeerCertificate = socket.getPeerCertificate();
        response.resume();
        response.on('end', () =>
          resolve({ name: String(certificate.subject.CN), status: response.statusCode }),
        );
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end();
  });
}
