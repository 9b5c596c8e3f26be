import { md5 } from './checksums.ts';
import { headerOf, notImplemented, Refusal, type S3Answer, type S3Request } from './exchange.ts';
import type { Bucket } from './objects.ts';
import { contents, unescape, xml, type Element } from './xml.ts';

type Entry =
  | { readonly kind: 'key'; readonly name: string }
  | { readonly kind: 'prefix'; readonly name: string };

/** ListObjectsV2: names in UTF-8 order, keys and common prefixes counted alike against max-keys. */
export function listObjects(bucket: Bucket, request: S3Request, pageSize: number): S3Answer {
  const { query } = request;
  if (query.get('list-type') !== '2') throw notImplemented('the first version of ListObjects');
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const maxKeys = limitOf(query.get('max-keys') ?? '1000');
  const encode = encoderOf(query.get('encoding-type'));
  const after = startOf(query);

  const entries = entriesOf(bucket, prefix, delimiter).filter(({ name }) => isAfter(name, after));
  const page = entries.slice(0, Math.min(maxKeys, pageSize));
  const last = page.at(-1);
  const isTruncated = entries.length > page.length && last !== undefined;
  const token = query.get('continuation-token');
  const content: Element[] = [
    ['Name', request.bucket],
    ['Prefix', encode(prefix)],
    ...(delimiter === '' ? [] : [['Delimiter', encode(delimiter)] as const]),
    ['MaxKeys', maxKeys],
    ['KeyCount', page.length],
    ['IsTruncated', isTruncated],
    ...(token === undefined ? [] : [['ContinuationToken', token] as const]),
    ...(isTruncated ? [['NextContinuationToken', tokenAfter(last.name)] as const] : []),
    ...page.map((entry) => describe(bucket, entry, encode)),
  ];
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: xml('ListBucketResult', content),
  };
}

function describe(
  bucket: Bucket,
  { kind, name }: Entry,
  encode: (name: string) => string,
): Element {
  if (kind === 'prefix') return ['CommonPrefixes', [['Prefix', encode(name)]]];
  const found = bucket.get(name)!;
  return [
    'Contents',
    [
      ['Key', encode(name)],
      ['LastModified', found.modified.toISOString()],
      ['ETag', `"${found.etag}"`],
      ['Size', found.body.length],
      ['StorageClass', 'STANDARD'],
    ],
  ];
}

function entriesOf(bucket: Bucket, prefix: string, delimiter: string): Entry[] {
  const entries = new Map<string, Entry>();
  for (const key of bucket.keys()) {
    if (!key.startsWith(prefix)) continue;
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const name = cut < 0 ? key : key.slice(0, cut + delimiter.length);
    entries.set(name, { kind: cut < 0 ? 'key' : 'prefix', name });
  }
  return [...entries.values()].sort((a, b) =>
    Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)),
  );
}

function isAfter(name: string, after: string): boolean {
  return after === '' || Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0;
}

function limitOf(text: string): number {
  const limit = Number(text);
  if (!/^\d+$/.test(text)) throw new Refusal(400, 'InvalidArgument', 'max-keys');
  return Math.min(limit, 1_000);
}

function encoderOf(type: string | undefined): (name: string) => string {
  if (type === undefined) return (name) => name;
  if (type !== 'url') throw new Refusal(400, 'InvalidArgument', 'encoding-type');
  return (name) => encodeURIComponent(name).replaceAll('%2F', '/');
}

/** Tokens are opaque, and no key by itself: a client that makes them up is found out. */
function tokenAfter(name: string): string {
  return `${md5(name).toString('hex').slice(0, 8)}.${Buffer.from(name).toString('base64url')}`;
}

function startOf(query: ReadonlyMap<string, string>): string {
  const token = query.get('continuation-token');
  if (token === undefined) return query.get('start-after') ?? '';
  const name = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  if (tokenAfter(name) !== token)
    throw new Refusal(400, 'InvalidArgument', 'The continuation token provided is incorrect');
  return name;
}

/** DeleteObjects: wants a checksum of its body, as S3 does, and says what became of each key. */
export function deleteObjects(bucket: Bucket, request: S3Request): S3Answer {
  const isChecked = headerOf(request.headers, 'content-md5') !== undefined;
  if (!isChecked && Object.keys(request.checksums).length === 0) {
    throw new Refusal(
      400,
      'InvalidRequest',
      'Missing required header for this request: Content-MD5',
    );
  }
  const text = request.body.toString('utf8');
  const keys = contents(text, 'Object').map((object) => unescape(contents(object, 'Key')[0] ?? ''));
  if (keys.length === 0 || keys.length > 1_000 || keys.includes(''))
    throw new Refusal(400, 'MalformedXML');
  for (const key of keys) bucket.delete(key);
  const isQuiet = contents(text, 'Quiet')[0] === 'true';
  const deleted: Element[] = isQuiet ? [] : keys.map((key) => ['Deleted', [['Key', key]]]);
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: xml('DeleteResult', deleted),
  };
}
