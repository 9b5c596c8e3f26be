import { execFileSync, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer as createHttp, type RequestListener, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { command as predict } from '../../../src/cli/predict.ts';
import { command as config } from '../../../src/cli/config.ts';
import { settingOptions } from '../../../src/cli/option-groups/setting-options.ts';
import { runCommand } from '../../support/run-command.ts';
import { temporaryFolder, writeInto } from '../../support/temporary-folder.ts';
import { tinyPng } from '../../support/tiny-version.ts';

/** Node cannot make certificates; openssl can, where it is there. */
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

let [folder, image] = ['', ''];
beforeAll(async () => {
  folder = await temporaryFolder();
  image = await writeInto(folder, 'dark.png', await tinyPng('dark'));
});

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const answering = (status: number, body: string, headers: Record<string, string> = {}) =>
  portOf(createHttp((request, response) => answer(request, response, status, body, headers)));

function answer(
  request: Parameters<RequestListener>[0],
  response: Parameters<RequestListener>[1],
  status: number,
  body: string,
  headers: Record<string, string> = {},
): void {
  request.resume().on('end', () => response.writeHead(status, headers).end(body));
}

const ask = (port: number, env: Record<string, string> = {}, scheme = 'http') =>
  runCommand(predict, [image, '--url', `${scheme}://127.0.0.1:${port}`], env);

const refusal = JSON.stringify({
  error: { code: 'GLIMPSE_UNAUTHENTICATED', message: 'Who sent it is not known.' },
});

describe('glimpse predict --url', () => {
  it('shows the key in GLIMPSE_API_KEY, and none where there is none', async () => {
    const shown: unknown[] = [];
    const served = JSON.stringify({
      model: 'digits',
      version: 1,
      predictions: [{ top: [{ label: '7', score: 1 }] }],
    });
    const server = createHttp((request, response) => {
      shown.push(request.headers['x-api-key']);
      answer(request, response, 200, served);
    });
    const port = await portOf(server);
    expect((await ask(port, { GLIMPSE_API_KEY: 'glimpse_a_b\n' })).stdout).toContain('7');
    expect((await ask(port)).code).toBe(0);
    expect(shown).toEqual(['glimpse_a_b', undefined]);
  });

  it('keeps the key from the command line, from "glimpse config" and from its errors', async () => {
    const env = { GLIMPSE_API_KEY: 'a secret' };
    expect(Object.keys(settingOptions)).not.toContain('apiKey');
    expect((await runCommand(config, [], env)).stdout).toContain('GLIMPSE_API_KEY=***');
    const { code, stderr } = await ask(9, env);
    expect(code).toBe(2);
    expect(stderr).toContain('GLIMPSE_API_KEY holds characters that no key has');
    expect(stderr).not.toContain('a secret');
  });

  it('does not follow a redirection with it', async () => {
    const asked: string[] = [];
    const other = await portOf(
      createHttp((request, response) => {
        asked.push(request.url ?? '');
        answer(request, response, 200, '{}');
      }),
    );
    const location = `http://127.0.0.1:${other}/predict`;
    const { stderr } = await ask(await answering(307, '', { location }), {
      GLIMPSE_API_KEY: 'glimpse_a_b',
    });
    expect(stderr).toContain(`answered 307: it redirects to ${location}`);
    expect(asked).toEqual([]);
  });

  it('repeats the sentence and code of a refusal, and says where a key is read from', async () => {
    const port = await answering(401, refusal);
    const { code, stderr } = await ask(port);
    expect(code).toBe(2);
    expect(stderr).toContain(
      'answered 401: Who sent it is not known. (GLIMPSE_UNAUTHENTICATED) Set GLIMPSE_API_KEY to a key of that server.',
    );
    expect(stderr).not.toContain('{');
    const wrong = await ask(port, { GLIMPSE_API_KEY: 'glimpse_a_b' });
    expect(wrong.stderr).toMatch(/answered 401: .* \(GLIMPSE_UNAUTHENTICATED\)\n/);
  });

  it.each([
    ['a page', '<h1>no</h1>'],
    ['other JSON', '{"error":"no"}'],
  ])('does not repeat %s of another program', async (_, page) => {
    const { stderr } = await ask(await answering(502, page));
    expect(stderr).toContain('answered 502, and not in the words of Glimpse');
    expect(stderr).not.toContain('no</h1>');
  });

  it('prints no control character that a server sent', async () => {
    const error = { code: 'X', message: '\u001B[2Jcleared' };
    const { stderr } = await ask(await answering(403, JSON.stringify({ error })));
    expect(stderr).toContain('answered 403:  [2Jcleared (X)');
  });

  it.runIf(hasOpenssl)('says what makes a self-signed certificate trusted', async () => {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=x'];
    execFileSync('openssl', [...made, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    const tls = { key: await readFile(key), cert: await readFile(cert) };
    const port = await portOf(createHttps(tls, (_, response) => response.end()));
    const { code, stderr } = await ask(port, {}, 'https');
    expect(code).toBe(2);
    expect(stderr).toContain('NODE_EXTRA_CA_CERTS');
  });
});
