import { readFile, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { RequestListener, ServerOptions } from 'node:http';

/** PEM files; with `clientCa` a certificate of that authority is required of every client (mTLS). */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly clientCa?: string | undefined;
}

/** The longest time a TLS handshake may take. */
const handshakeTimeoutMs = 10_000;

/** How often the files are checked: certificates are replaced while servers run. */
const reloadIntervalMs = 10_000;

export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
}

/** Reads the files; rejects when one of them cannot be read. */
export async function readTls({ cert, key, clientCa }: TlsFiles): Promise<TlsMaterial> {
  return {
    cert: await readFile(cert),
    key: await readFile(key),
    ...(clientCa !== undefined && { ca: await readFile(clientCa) }),
  };
}

/** An HTTPS server in place of Fastify's own; TLS 1.2 is the oldest that is spoken. */
export function createTlsServer(
  material: TlsMaterial,
  timeouts: ServerOptions,
  listener: RequestListener,
): Server {
  const requestCert = material.ca !== undefined;
  return createServer(
    {
      ...timeouts,
      ...material,
      minVersion: 'TLSv1.2',
      requestCert,
      rejectUnauthorized: requestCert,
      handshakeTimeout: handshakeTimeoutMs,
      // As with plain HTTP, a client may end its side and still wait for its response.
      allowHalfOpen: true,
    },
    listener,
  );
}

/**
 * Reloads the files when they change: new connections get the new certificate, open ones stay. Files that cannot be
 * read or do not fit together change nothing and are reported. Returns the function that stops it.
 */
export function followTls(
  server: Pick<Server, 'setSecureContext'>,
  files: TlsFiles,
  onReload: (problem?: unknown) => void,
  intervalMs = reloadIntervalMs,
): () => void {
  let lastFingerprint: string | undefined;
  const reloadWhenChanged = async (): Promise<void> => {
    const fingerprintNow = await fingerprint(files);
    const isNew = lastFingerprint !== undefined && fingerprintNow !== lastFingerprint;
    lastFingerprint = fingerprintNow;
    if (!isNew) return;
    server.setSecureContext(await readTls(files));
    onReload();
  };
  const timer = setInterval(() => {
    reloadWhenChanged().catch(onReload);
  }, intervalMs);
  timer.unref();
  reloadWhenChanged().catch(onReload);
  return () => clearInterval(timer);
}

async function fingerprint({ cert, key, clientCa }: TlsFiles): Promise<string> {
  const files = [cert, key, ...(clientCa === undefined ? [] : [clientCa])];
  const states = await Promise.all(files.map((file) => stat(file)));
  return states.map(({ ino, size, mtimeMs }) => [ino, size, mtimeMs].join()).join();
}
