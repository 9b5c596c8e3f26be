import { posix } from 'node:path';
import type { ForeignForm } from './foreign-forms.ts';

/** What is none of the forms that are read by the names of its files: formats that are an archive or a folder. */
const SETS: readonly (readonly [RegExp, string, string])[] = [
  [/^xl\/workbook\.xml$/, 'an Excel workbook', 'save the sheet as CSV UTF-8'],
  [/^word\/document\.xml$/, 'a Word document', 'a dataset takes a table, arrays or images'],
  [/^content\.xml$/, 'an OpenDocument file', 'save the sheet as CSV'],
  [
    /(^|\/)data\.pkl$/,
    'a PyTorch file (.pt, .pth)',
    'pickles run code and are never unpacked here; save its tensors with numpy.savez',
  ],
  [/^model\.weights\.h5$/, 'a Keras model', 'it is a model and no dataset'],
  [/(^|\/)saved_model\.pb$/, 'a TensorFlow SavedModel', 'it is a model and no dataset'],
  [
    /(^|\/)data\.mdb$/,
    'an LMDB database',
    'write its images into a folder for each class, or as Parquet',
  ],
  [
    /(^|\/)MANIFEST-\d{6}$/,
    'a LevelDB database',
    'write its images into a folder for each class, or as Parquet',
  ],
  [/(^|\/)\.zgroup$|(^|\/)zarr\.json$/, 'a Zarr store', 'save its arrays with numpy.savez'],
];

/** What files beside each other are, where their names tell. */
export function foreignFiles(names: readonly string[]): ForeignForm | undefined {
  for (const [pattern, what, advice] of SETS) {
    if (names.some((name) => pattern.test(posix.normalize(name)))) return { what, advice };
  }
  return undefined;
}
