import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import { isHdf5 } from './containers/hdf5/hdf5-file.ts';
import { isZip } from './containers/keras-archive.ts';

/** What a model file is, by its first bytes; ONNX is everything that is nothing else. */
export type ModelFormat = 'keras' | 'h5' | 'json' | 'graph' | 'onnx';

/** How much of a file tells what it is. */
const headBytes = 64;

/**
 * Whether a file begins as a graph of TensorFlow does: with a message in field 1, its first node, whose field 1 is a text. In ONNX
 * field 1 is a number.
 */
function isFrozenGraph(head: Uint8Array): boolean {
  const lengthEnds = head.subarray(1, 11).findIndex((byte) => byte < 128);
  return head[0] === 0x0a && lengthEnds >= 0 && head[lengthEnds + 2] === 0x0a;
}

/** The format of a file. Rejects when it cannot be read. */
export async function modelFormatOf(file: string): Promise<ModelFormat> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    const head = buffer.subarray(0, bytesRead);
    if (isZip(head)) return 'keras';
    if (isHdf5(head)) return 'h5';
    if (isFrozenGraph(head)) return 'graph';
    const isJson = head.toString('latin1').trimStart().startsWith('{');
    return isJson && extname(file) === '.json' ? 'json' : 'onnx';
  } finally {
    await handle.close();
  }
}
