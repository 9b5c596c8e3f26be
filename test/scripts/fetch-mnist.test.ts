import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { gzipSync } from 'node:zlib';
import { fetchMnist } from '../../scripts/fetch-mnist.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const contents = { 'a.gz': 'the first file', 'b.gz': 'the second file' };
const files = Object.entries(contents).map(([name, text]) => ({
  name,
  sha256: createHash('sha256').update(text).digest('hex'),
}));

/** A mirror on this machine that serves these bytes by path; without bytes it answers 404. */
async function mirrorOf(served: Record<string, Buffer>) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const name = (request.url ?? '').slice('/mnist/'.length);
    asked.push(name);
    const bytes = served[name];
    response.writeHead(bytes ? 200 : 404).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { asked, mirror: `http://127.0.0.1:${port}/mnist/` };
}

async function fetchFrom(mirror: string, folder: string): Promise<string[]> {
  const said: string[] = [];
  await fetchMnist({ folder, mirror, files, timeoutMs: 10_000, say: (text) => said.push(text) });
  return said;
}

const whole = Object.fromEntries(
  Object.entries(contents).map(([name, text]) => [name, gzipSync(text)]),
);

describe('fetching MNIST', () => {
  it('brings every file, once', async () => {
    const { asked, mirror } = await mirrorOf(whole);
    const folder = join(await temporaryFolder(), 'data', 'mnist');
    await fetchFrom(mirror, folder);
    expect((await readdir(folder)).sort()).toEqual(['a.gz', 'b.gz']);
    expect(await readFile(join(folder, 'a.gz'))).toEqual(whole['a.gz']);
    const said = await fetchFrom(mirror, folder);
    expect(asked).toEqual(['a.gz', 'b.gz']);
    expect(said).toContain('a.gz is there already');
  });

  it('keeps what is complete when a file cannot be had, and says what to do', async () => {
    const { mirror } = await mirrorOf({ 'a.gz': whole['a.gz']! });
    const folder = await temporaryFolder();
    await expect(fetchFrom(mirror, folder)).rejects.toThrow(
      /b\.gz could not be fetched .* answered 404\n.*run it again/,
    );
    expect(await readdir(folder)).toEqual(['a.gz']);
    await expect(fetchFrom(mirror, folder)).rejects.toThrow(
      `put these files into ${folder} yourself: a.gz, b.gz.`,
    );
  });

  it.each([
    ['other contents', gzipSync('something else')],
    ['a cut-off file', whole['b.gz']!.subarray(0, 12)],
    ['a page that is no file', Buffer.from('<html>sign in</html>')],
  ])('refuses %s and leaves nothing of it', async (_, bytes) => {
    const { mirror } = await mirrorOf({ ...whole, 'b.gz': bytes });
    const folder = await temporaryFolder();
    await expect(fetchFrom(mirror, folder)).rejects.toThrow('not those of MNIST');
    expect(await readdir(folder)).toEqual(['a.gz']);
  });

  it('replaces a file that is there but broken', async () => {
    const { mirror } = await mirrorOf(whole);
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'a.gz'), 'half a fi');
    await fetchFrom(mirror, folder);
    expect(await readFile(join(folder, 'a.gz'))).toEqual(whole['a.gz']);
  });

  it('names the reason when there is no network', async () => {
    const folder = await temporaryFolder();
    await expect(fetchFrom('http://127.0.0.1:1/mnist/', folder)).rejects.toThrow(
      /could not be fetched from http:\/\/127.0.0.1:1\/mnist\/: (connect ECONNREFUSED|bad port)/,
    );
  });
});
