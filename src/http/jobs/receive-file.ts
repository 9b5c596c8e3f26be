import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FastifyRequest } from 'fastify';
import { explainDataDir } from '../../disk-errors.ts';
import { errors, isGlimpseError } from '../../errors.ts';
import { decodedBody } from '../content-encoding.ts';
import { createByteLimit, type ReceivedForm, type UploadLimits } from './receive-form.ts';

/**
 * A body that is one file, on its way to the disk as it comes in: the part `part` of a form without others, under the
 * name that content-disposition gives it. Nothing of a refused one is left behind.
 */
export async function receiveFile(
  request: FastifyRequest,
  part: string,
  fields: Readonly<Record<string, unknown>>,
  limits: UploadLimits,
): Promise<ReceivedForm> {
  const { maxBytes, knob } = limits;
  const { raw } = request;
  if (Number(raw.headers['content-length'] ?? 0) > maxBytes) {
    throw new errors.GLIMPSE_BODY_TOO_LARGE(maxBytes, knob);
  }
  const folder = join(limits.folder, randomUUID());
  const discard = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const file = join(folder, '0');
  try {
    await mkdir(folder, { recursive: true });
    const body = decodedBody(raw, { maxBytes, knob });
    const limit = createByteLimit(maxBytes, knob)();
    await pipeline(body, limit, createWriteStream(file, { flags: 'wx' }));
    if (!raw.complete) throw new errors.GLIMPSE_CLIENT_CLOSED();
    if ((await stat(file)).size === 0) throw new errors.GLIMPSE_BAD_REQUEST('it has no body.');
    return { request: fields, uploads: [{ part, name: nameOf(request), file }], discard };
  } catch (error) {
    // Where nothing can be written there is nothing to remove either; the first error is the one to report.
    await discard().catch(() => {});
    throw isGlimpseError(error) ? error : refusalOf(error);
  }
}

function nameOf({ headers }: FastifyRequest): string {
  const disposition = headers['content-disposition'] ?? '';
  return /;\s*filename="?([^";]{1,200})/i.exec(disposition)?.[1] ?? 'model.onnx';
}

/** A stream that broke is a client that left; a full disk, for one, is not. */
function refusalOf(error: unknown): unknown {
  const isOfDisk = error instanceof Error && 'syscall' in error && error.syscall !== 'read';
  return isOfDisk ? explainDataDir(error) : new errors.GLIMPSE_CLIENT_CLOSED();
}
