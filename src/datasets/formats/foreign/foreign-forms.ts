import { recognise } from '../../../image/sniff-format.ts';

/** Something that is none of the forms that are read: what it is, and what to do with it. */
export interface ForeignForm {
  readonly what: string;
  readonly advice: string;
}

const AS_PARQUET = 'export it as Parquet or CSV';
const NO_DATASET = 'it is a model and no dataset; glimpse publish takes models as ONNX';

/** First bytes, written as Latin-1 text: one character is one byte. */
const MARKS: readonly (readonly [string, string, string])[] = [
  ['ORC', 'an ORC file', AS_PARQUET],
  ['Obj\x01', 'an Avro file', AS_PARQUET],
  [
    'FEA1',
    'a Feather file of version 1',
    'write version 2 (pyarrow.feather.write_feather, or df.to_feather of a later pandas)',
  ],
  ['PARE', 'a Parquet file with an encrypted footer', 'write it without encryption'],
  ['%PDF-', 'a PDF document', 'a dataset takes a table, arrays or images'],
  ['SQLite format 3\0', 'an SQLite database', 'export the table as CSV'],
  [
    '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1',
    'an Excel workbook of the old kind (.xls)',
    'save the sheet as CSV UTF-8',
  ],
  ['7z\xbc\xaf\x27\x1c', 'a 7z archive', 'pack it as .zip or .tar.gz'],
  ['Rar!\x1a\x07', 'a RAR archive', 'pack it as .zip or .tar.gz'],
  [
    'MATLAB 5.0 MAT-file',
    'a MATLAB file',
    'save its arrays with numpy.savez (scipy.io.loadmat reads it)',
  ],
  [
    '\x28\xb5\x2f\xfd',
    'a file packed by Zstandard',
    'pack it with gzip, bzip2 or xz, or not at all',
  ],
  ['\x7fELF', 'a program', 'a dataset takes a table, arrays or images'],
  ['RDX3\n', 'an R data file', 'export the table as CSV or Parquet'],
  ['SEQ\x06', 'a Hadoop sequence file', AS_PARQUET],
  ['\x1a\x45\xdf\xa3', 'a video (Matroska)', 'take its frames out as images'],
];

/** The same for text, whatever blanks and byte order mark stand before it. */
const TEXTS: readonly (readonly [RegExp, string, string])[] = [
  [
    /^version https:\/\/git-lfs\.github\.com\/spec\//,
    'a Git LFS pointer and not the file itself',
    'fetch the file with "git lfs pull"',
  ],
  [
    /^<(!doctype\s+html|html|head|body)[\s>]/i,
    'an HTML page',
    'download the data itself; often the page asks to sign in first',
  ],
  [/^<\?xml|^<[a-z][\w:.-]*[\s>/]/i, 'an XML document', 'write it as CSV, JSON or Parquet'],
];

/** Where the mark of a kind stands elsewhere. */
const PLACED: readonly (readonly [number, string, string, string])[] = [
  [128, 'DICM', 'a DICOM image', 'save its pixels as PNG'],
  [
    0x200,
    '\x89HDF\r\n\x1a\n',
    'a MATLAB 7.3 file (HDF5)',
    'save its arrays with numpy.savez (h5py reads it)',
  ],
  [0, '\x89HDF\r\n\x1a\n', 'an HDF5 file', 'save its arrays with numpy.savez (h5py reads it)'],
  [
    16,
    '\xde\xc0\xef\xbe',
    'an LMDB database',
    'write its images into a folder for each class, or as Parquet',
  ],
];

/** What a file is by its first bytes, if it is none of the forms that are read; text is left undecided. */
export function foreignForm(head: Buffer): ForeignForm | undefined {
  const raw = head.toString('latin1', 0, 1024);
  const binary = unknownBinary(head);
  for (const [mark, what, advice] of MARKS) {
    // The name of a column may begin like a short mark: "ORC", "PARENT", "FEA1".
    const isTelling = mark.length > 4 || /[^\x20-\x7e]/.test(mark) || binary !== undefined;
    if (isTelling && raw.startsWith(mark)) return { what, advice };
  }
  for (const [at, mark, what, advice] of PLACED) {
    if (raw.startsWith(mark, at)) return { what, advice };
  }
  return foreignModel(head, raw) ?? foreignText(raw) ?? (binary && (foreignImage(head) ?? binary));
}

/** What machine learning leaves on disks, which is often sent in place of data. */
function foreignModel(head: Buffer, raw: string): ForeignForm | undefined {
  const [first, second = 0, third = 0] = head;
  // The oldest kind is text: a dictionary, a list, or an object of a class.
  const isText = /^(\([dl]p\d+\n|c[\w.]+\n\w+\np\d+\n\()/.test(raw);
  if (isText || (first === 0x80 && second >= 2 && second <= 5)) {
    return {
      what: 'a Python pickle',
      advice:
        'pickles run code and are never unpacked here; save arrays with numpy.savez, or a table as Parquet',
    };
  }
  // Safetensors begin with the length of a JSON text.
  if (raw.startsWith('{"', 8) && head.readUInt32LE(4) === 0) {
    return { what: 'a file of safetensors', advice: NO_DATASET };
  }
  // Both are protobuf messages: a version first, then texts.
  if (first === 0x08 && second >= 3 && second <= 20 && [0x12, 0x1a, 0x3a].includes(third)) {
    return { what: 'an ONNX model', advice: NO_DATASET };
  }
  if (first === 0x08 && /serve|saved_model|Placeholder/.test(raw)) {
    return { what: 'a TensorFlow SavedModel', advice: NO_DATASET };
  }
  return undefined;
}

/** Images of kinds that are not read. */
const UNREAD_IMAGES = new Set('HEIC,HEIF,BMP,PSD,JPEG XL,JPEG 2000,PNM,SVG'.split(','));

function foreignImage(head: Buffer): ForeignForm | undefined {
  const found = recognise(head);
  if ('format' in found) {
    return {
      what: `a single image (${found.format.toUpperCase()})`,
      advice: 'a dataset takes a folder or archive of images with a folder for each class',
    };
  }
  if (UNREAD_IMAGES.has(found.other)) {
    return {
      what: `a single image (${found.other}), of a kind that is not read`,
      advice: 'save images as PNG or JPEG, in a folder for each class',
    };
  }
  if (/video|ISO media/.test(found.other)) {
    return { what: `a video (${found.other})`, advice: 'take its frames out as images' };
  }
  return undefined;
}

function foreignText(raw: string): ForeignForm | undefined {
  const text = raw.replace(/^(\xef\xbb\xbf)?\s*/, '');
  for (const [pattern, what, advice] of TEXTS) if (pattern.test(text)) return { what, advice };
  return undefined;
}

/** Bytes that no text has. */
function unknownBinary(head: Buffer): ForeignForm | undefined {
  const start = head.subarray(0, 4096);
  // Two bytes a character: UTF-16, whose byte order mark was lost.
  const isWide = (odd: number): boolean =>
    start.length > 3 && start.every((byte, at) => at % 2 !== odd || byte === 0);
  if (isWide(0) || isWide(1)) {
    return { what: 'text as UTF-16 without a byte order mark', advice: 'save it as UTF-8' };
  }
  const strange = start.filter(
    (byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27),
  ).length;
  if (!start.includes(0) && strange <= start.length / 100) return undefined;
  return {
    what: 'binary data of a kind that is not known',
    advice: 'give a table, arrays, or images (docs/data.md lists the forms that are read)',
  };
}
