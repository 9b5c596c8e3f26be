import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename } from 'node:path';
import { run } from './run.ts';

interface Packed {
  readonly manifest: { readonly name: string; readonly version: string };
  readonly bytes: Buffer;
}

/**
 * A registry of npm packages on 127.0.0.1 that has some tarballs of this machine, and sends whoever asks for anything else to the registry
 * that is set here: what is not published yet is installed as it will be.
 */
export async function withPackageRegistry<Result>(
  tarballs: readonly string[],
  use: (url: string) => Promise<Result>,
): Promise<Result> {
  const behind = (await run('npm', ['config', 'get', 'registry'])).trim();
  const packed = new Map<string, Packed>();
  for (const tarball of tarballs) {
    const text = await run('tar', ['-xzOf', tarball, 'package/package.json']);
    const manifest = JSON.parse(text) as Packed['manifest'];
    packed.set(manifest.name, { manifest, bytes: await readFile(tarball) });
  }
  let url = '';
  const server = createServer(({ url: path = '/' }, response) => {
    const [name = '', isTarball] = path.slice(1).split('/-/');
    const found = packed.get(name);
    if (!found) response.writeHead(302, { location: new URL(path, behind).href }).end();
    else if (isTarball !== undefined) response.end(found.bytes);
    else response.setHeader('content-type', 'application/json').end(documentOf(found, url));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('there is no free port');
  url = `http://127.0.0.1:${address.port}`;
  try {
    return await use(url);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** What a registry says of a package with one version. */
function documentOf({ manifest, bytes }: Packed, url: string): string {
  const { name, version } = manifest;
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  const tarball = `${url}/${name}/-/${basename(name)}-${version}.tgz`;
  const versions = { [version]: { ...manifest, dist: { tarball, integrity } } };
  return JSON.stringify({ name, 'dist-tags': { latest: version }, versions });
}
