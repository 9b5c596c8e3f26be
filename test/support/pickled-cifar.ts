/** Pickles as Python 2 wrote CIFAR's Python version, by hand: protocol 2, texts of bytes, each value remembered. */

const text = (value: string | Uint8Array): Buffer => {
  const bytes = Buffer.from(value);
  if (bytes.length < 256) return Buffer.concat([Buffer.from('U'), Buffer.of(bytes.length), bytes]);
  const head = Buffer.alloc(5);
  head.write('T');
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
};

function number(value: number): Buffer {
  if (value < 256) return Buffer.of(0x4b, value);
  const head = Buffer.alloc(3);
  head.write('M');
  head.writeUInt16LE(value, 1);
  return head;
}

const op = (codes: string): Buffer => Buffer.from(codes, 'latin1');
const put = (key: number): Buffer => Buffer.of(0x71, key);

const listOf = (items: readonly Buffer[]): Buffer[] => [
  op(']'),
  put(2),
  op('('),
  ...items,
  op('e'),
];

/** An array of bytes of so many rows, as NumPy reduces it. */
const arrayOf = (rows: number, width: number, bytes: Uint8Array): Buffer[] => [
  op(
    'cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04K\x00\x85q\x05U\x01bq\x06\x87q\x07Rq\x08(K\x01',
  ),
  number(rows),
  number(width),
  op('\x86q\x09cnumpy\ndtype\nq\x0aU\x02u1q\x0bK\x00K\x01\x87q\x0cRq\x0d'),
  op('(K\x03U\x01|q\x0eNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x0fb\x89'),
  text(bytes),
  op('q\x10tq\x11b'),
];

const dictionary = (entries: Readonly<Record<string, readonly Buffer[]>>): Buffer =>
  Buffer.concat([
    op('\x80\x02}q\x01('),
    ...Object.entries(entries).flatMap(([key, value]) => [text(key), put(20), ...value]),
    op('u.'),
  ]);

/** A batch of images, planes of 32x32 in a row each. */
export function pickledBatch(
  labels: readonly number[],
  planes: Uint8Array,
  labelsKey = 'labels',
): Buffer {
  return dictionary({
    batch_label: [text('training batch 1 of 5')],
    [labelsKey]: listOf(labels.map(number)),
    data: arrayOf(labels.length, 3072, planes),
    filenames: listOf(labels.map((_, at) => text(`image_s_${at}.png`))),
  });
}

/** The file with the names of classes. */
export function pickledNames(names: readonly string[], key = 'label_names'): Buffer {
  return dictionary({ num_cases_per_batch: [number(10_000)], [key]: listOf(names.map(text)) });
}
