/** Files of NumPy written by hand, so that a test can also write those that NumPy would not. */
export interface NpyArray {
  readonly descr: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
  readonly isFortran?: boolean;
  readonly version?: 1 | 2 | 3;
}

/** A .npy file. */
export function npy({ descr, shape, data, isFortran = false, version = 1 }: NpyArray): Buffer {
  const order = isFortran ? 'True' : 'False';
  const axes = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${axes}, }`;
  const before = version === 1 ? 10 : 12;
  const padded = text.padEnd(Math.ceil((before + text.length + 1) / 64) * 64 - before - 1);
  const head = Buffer.alloc(before);
  head.write('\x93NUMPY', 'latin1');
  head[6] = version;
  if (version === 1) head.writeUInt16LE(padded.length + 1, 8);
  else head.writeUInt32LE(padded.length + 1, 8);
  return Buffer.concat([head, Buffer.from(`${padded}\n`), data]);
}
