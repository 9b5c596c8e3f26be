import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { convertFile } from '../../src/converting/convert-file.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { differenceFrom, expectedOf, fixtures } from './agreement.ts';

const folder = await temporaryFolder();
const maxBytes = 64 * 1024 * 1024;

async function converted(name: string): Promise<{ model: Uint8Array; takesLevels: boolean }> {
  const to = join(folder, `${name}.onnx`);
  const known = await convertFile({ file: join(fixtures, name), to, said: undefined, maxBytes });
  return { model: await readFile(to), ...known };
}

describe('nets of Keras as ONNX', () => {
  it.each(['chain.keras', 'chain.h5', 'keras2.keras', 'keras2.h5'])(
    'answers as Keras does: %s',
    async (name) => {
      const { model, takesLevels } = await converted(name);
      expect(await differenceFrom(expectedOf(name.replace(/\..*/, '')), model)).toBeLessThan(1e-5);
      // Its first layer divides by 255.
      expect(takesLevels).toBe(true);
    },
  );

  it('gives the same bytes from a .keras and a .h5 file of one net', async () => {
    // One after the other: two of them write one file.
    const a = await converted('chain.keras');
    const b = await converted('chain.h5');
    const again = await converted('chain.keras');
    expect(b.model).toEqual(a.model);
    expect(again.model).toEqual(a.model);
  });

  it.each(['tutorial.json', 'tutorial.weights.h5'])(
    'reads weights with their configuration beside them: %s',
    async (name) => {
      const { model, takesLevels } = await converted(name);
      expect(await differenceFrom(expectedOf('tutorial'), model)).toBeLessThan(1e-5);
      expect(takesLevels).toBe(false);
    },
  );

  it('answers as Keras does by every layer that is converted', async () => {
    const { model } = await converted('every-layer.keras');
    expect(await differenceFrom(expectedOf('every-layer'), model)).toBeLessThan(1e-4);
  });
});
