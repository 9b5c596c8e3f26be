import { readFile, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { RequestListener, ServerOptions } from 'node:http';
import { createSecureContext } from 'node:tls';
import { systemReasonOf } from '../../disk-errors.ts';
import { errors, messageOf } from '../../errors.ts';

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

/** What can be given another certificate while it listens. */
export interface CertificateHolder {
  setSecureContext(material: TlsMaterial): void;
}

/** Reads the files and looks whether they fit together; GLIMPSE_TLS_INVALID names the setting that is at fault. */
export async function readTls({ cert, key, clientCa }: TlsFiles): Promise<TlsMaterial> {
  const material = {
    cert: await readPem('GLIMPSE_TLS_CERT', cert),
    key: await readPem('GLIMPSE_TLS_KEY', key),
    ...(clientCa !== undefined && { ca: await readPem('GLIMPSE_TLS_CLIENT_CA', clientCa) }),
  };
  try {
    createSecureContext(material);
  } catch (error) {
    // OpenSSL's own words, without the path of its sources.
    const reason = messageOf(error).split(':').at(-1)!;
    throw new errors.GLIMPSE_TLS_INVALID(
      `GLIMPSE_TLS_CERT and GLIMPSE_TLS_KEY are no certificate and its key in PEM (${reason})`,
    );
  }
  return material;
}

async function readPem(setting: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new errors.GLIMPSE_TLS_INVALID(`${setting} cannot be read: ${systemReasonOf(error)}`);
  }
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
  server: CertificateHolder,
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
