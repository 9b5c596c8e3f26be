/** What a struct of Thrift's compact protocol holds, by the numbers of its fields. */
interface Struct {
  readonly [field: number]: Value | undefined;
}
/** Numbers are of 32 bits, bigints of 64. */
type Value = number | bigint | boolean | string | Uint8Array | readonly Value[] | Struct;

const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

const isStruct = (value: Value): value is Struct =>
  typeof value === 'object' && !isList(value) && !(value instanceof Uint8Array);

/** As Parquet writes the headers of its pages, and its footer. */
function thrift(struct: Struct): Buffer {
  const parts: Buffer[] = [];
  let last = 0;
  for (const [name, value] of Object.entries(struct) as [string, Value | undefined][]) {
    if (value === undefined) continue;
    const field = Number(name);
    parts.push(Buffer.of(((field - last) << 4) | kindOf(value)), bytesOf(value));
    last = field;
  }
  return Buffer.concat([...parts, Buffer.of(0)]);
}

function kindOf(value: Value): number {
  if (typeof value === 'boolean') return value ? 1 : 2;
  if (typeof value === 'number') return 5;
  if (typeof value === 'bigint') return 6;
  if (isStruct(value)) return 12;
  return isList(value) ? 9 : 8;
}

function bytesOf(value: Value): Buffer {
  // It stands in its kind already.
  if (typeof value === 'boolean') return Buffer.alloc(0);
  if (typeof value === 'number' || typeof value === 'bigint') {
    const whole = BigInt(value);
    return varint(whole < 0n ? -whole * 2n - 1n : whole * 2n);
  }
  if (isList(value)) {
    const kind = kindOf(value[0] ?? {});
    const head = value.length < 15 ? Buffer.of((value.length << 4) | kind) : Buffer.of(0xf0 | kind);
    const length = value.length < 15 ? Buffer.alloc(0) : varint(BigInt(value.length));
    return Buffer.concat([head, length, ...value.map(bytesOf)]);
  }
  if (isStruct(value)) return thrift(value);
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint(BigInt(bytes.length)), bytes]);
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
}

export const types = {
  BOOLEAN: 0,
  INT32: 1,
  INT64: 2,
  FLOAT: 4,
  DOUBLE: 5,
  BYTE_ARRAY: 6,
} as const;
export const repetitions = { REQUIRED: 0, OPTIONAL: 1, REPEATED: 2 } as const;
export const encodings = {
  PLAIN: 0,
  PLAIN_DICTIONARY: 2,
  RLE: 3,
  DELTA_BINARY_PACKED: 5,
  RLE_DICTIONARY: 8,
} as const;
export const codecs = {
  UNCOMPRESSED: 0,
  SNAPPY: 1,
  GZIP: 2,
  LZO: 3,
  BROTLI: 4,
  LZ4: 5,
  ZSTD: 6,
  LZ4_RAW: 7,
} as const;

/** A page, as its header describes it, whatever its bytes are. */
export interface TestPage {
  readonly body: Uint8Array;
  /** After decompression; as many as there are when left out. */
  readonly size?: number;
  /** Said in the header; as many as there are when left out. */
  readonly packed?: number;
  /** `PageHeader.data_page_header`, of version 2, or of a dictionary. */
  readonly v1?: Struct;
  readonly v2?: Struct;
  readonly dictionary?: Struct;
}

/** The bytes of a page with its header. */
function pageBytes({ body, size, packed, v1, v2, dictionary }: TestPage): Buffer {
  const type = dictionary ? 2 : v2 ? 3 : 0;
  const lengths = { 2: size ?? body.length, 3: packed ?? body.length };
  return Buffer.concat([thrift({ 1: type, ...lengths, 5: v1, 7: dictionary, 8: v2 }), body]);
}

/** A page of version 1. Levels stand in the body already. */
export function dataPage(
  count: number,
  body: Uint8Array,
  encoding: number = encodings.PLAIN,
  more: Partial<TestPage> = {},
): TestPage {
  return { body, v1: { 1: count, 2: encoding, 3: encodings.RLE, 4: encodings.RLE }, ...more };
}

/** One run: `count` times the same level or index, below 128 times. */
export const run = (count: number, value: number): Buffer => Buffer.of(count * 2, value);

/** Levels of version 1, behind their length. */
export function levels(...runs: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(runs);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
}

export const int32s = (...numbers: number[]): Buffer =>
  Buffer.from(Int32Array.from(numbers).buffer);
export const doubles = (...numbers: number[]): Buffer =>
  Buffer.from(Float64Array.from(numbers).buffer);
export const byteArrays = (...values: (string | Uint8Array)[]): Buffer =>
  Buffer.concat(values.flatMap((value) => [int32s(Buffer.from(value).length), Buffer.from(value)]));

/** A field of a schema: a column, or a group of fields. */
export interface TestField {
  readonly name: string;
  readonly type?: number;
  readonly repetition?: number;
  readonly converted?: number;
  readonly children?: readonly TestField[];
}

/** A column of a row group. */
export interface TestColumn {
  readonly path: readonly string[];
  readonly type: number;
  readonly pages: readonly TestPage[];
  readonly codec?: number;
}

export interface TestFile {
  readonly fields: readonly TestField[];
  readonly groups: readonly {
    readonly rows: number;
    readonly bytes?: number;
    readonly columns: readonly TestColumn[];
  }[];
  readonly keyValues?: Readonly<Record<string, string>>;
}

/** A whole file, which may say what it likes. */
export function parquetFile({ fields, groups, keyValues }: TestFile): Buffer {
  const parts: Buffer[] = [Buffer.from('PAR1')];
  let at = 4;
  const write = (bytes: Buffer): number => {
    parts.push(bytes);
    at += bytes.length;
    return at - bytes.length;
  };
  const rowGroups = groups.map(({ rows, bytes = 1000, columns }) => ({
    1: columns.map((column) => {
      const offsets = column.pages.map((page) => write(pageBytes(page)));
      const start = offsets[0] ?? at;
      const isDictionary = column.pages[0]?.dictionary !== undefined;
      return {
        2: BigInt(start),
        3: {
          1: column.type,
          2: [encodings.PLAIN],
          3: [...column.path],
          4: column.codec ?? codecs.UNCOMPRESSED,
          5: BigInt(rows),
          6: BigInt(at - start),
          7: BigInt(at - start),
          9: BigInt(isDictionary ? (offsets[1] ?? at) : start),
          11: isDictionary ? BigInt(start) : undefined,
        },
      };
    }),
    2: BigInt(bytes),
    3: BigInt(rows),
  }));
  const footer = thrift({
    1: 1,
    2: [{ 4: 'schema', 5: fields.length }, ...fields.flatMap(schemaOf)],
    3: BigInt(groups.reduce((sum, { rows }) => sum + rows, 0)),
    4: rowGroups,
    5: keyValues && Object.entries(keyValues).map(([key, value]) => ({ 1: key, 2: value })),
  });
  return Buffer.concat([...parts, footer, int32s(footer.length), Buffer.from('PAR1')]);
}

function schemaOf({ name, type, repetition, converted, children }: TestField): Struct[] {
  const own: Struct = {
    1: type,
    3: repetition ?? repetitions.REQUIRED,
    4: name,
    5: children?.length,
    6: converted,
  };
  return [own, ...(children ?? []).flatMap(schemaOf)];
}
