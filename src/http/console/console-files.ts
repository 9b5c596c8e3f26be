import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

/** Codings that the files were written in when they were made, the smallest first. */
const codings = { br: '.br', gzip: '.gz' } as const;
type Coding = keyof typeof codings;

/** A file of the console with its forms, as it is sent. */
export interface ConsoleFile {
  readonly bytes: Buffer;
  readonly encoded: Readonly<Partial<Record<Coding, Buffer>>>;
  readonly type: string;
  readonly digest: string;
  readonly isNamedByDigest: boolean;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

/** Files in one folder, no deeper; a name is a word with an end that is known, and nothing that leads elsewhere. */
const fileName = /^[a-z][a-z0-9-]*(?:\.[A-Z0-9]{8})?(\.[a-z]+)$/;

/** The files of the console, read when they are first asked for. */
export function createConsoleFiles(folder: string) {
  const known = new Map<string, Promise<ConsoleFile>>();
  return {
    /** undefined where there is none of that name. */
    async find(name: string): Promise<ConsoleFile | undefined> {
      const type = types[fileName.exec(name)?.[1] ?? ''];
      if (type === undefined) return undefined;
      const file = known.get(name) ?? readForms(join(folder, name), type);
      known.set(name, file);
      try {
        return await file;
      } catch {
        // Nobody fills the memory with names of files that there are none of, and a disk may be back later.
        known.delete(name);
        return undefined;
      }
    },
  };
}

async function readForms(path: string, type: string): Promise<ConsoleFile> {
  const bytes = await readFile(path);
  const encoded: Partial<Record<Coding, Buffer>> = {};
  for (const coding of ['br', 'gzip'] as const) {
    const form = await readFile(`${path}${codings[coding]}`).catch(() => undefined);
    if (form) encoded[coding] = form;
  }
  const digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  const isNamedByDigest = extname(path.slice(0, -extname(path).length)) !== '';
  return { bytes, encoded, type, digest, isNamedByDigest };
}

/** The best coding that a client takes and the file has; undefined: as it is. */
export function acceptedCoding(
  header: string | undefined,
  { encoded }: Pick<ConsoleFile, 'encoded'>,
): Coding | undefined {
  const taken = (header ?? '')
    .split(',')
    .map((each) =>
      each
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/),
    )
    .filter(([, quality]) => !/^q=0(\.0*)?$/.test(quality ?? ''))
    .map(([coding]) => coding);
  return (['br', 'gzip'] as const).find((coding) => taken.includes(coding) && encoded[coding]);
}
