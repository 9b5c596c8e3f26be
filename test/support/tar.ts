import { pack, type Header } from 'tar-stream';

export interface TarEntry extends Partial<Header> {
  readonly name: string;
  readonly data?: Uint8Array | string;
}

/** A tar file in memory. */
export async function tar(entries: readonly TarEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const { data = '', ...header } of entries) archive.entry(header, Buffer.from(data));
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}
