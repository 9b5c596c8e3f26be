import type { DictionaryBatch, RecordBatch } from 'apache-arrow/ipc/metadata/message';
import type { Vector } from 'apache-arrow/vector';
import { columnPositions, readDictionaryValues, type BatchLocation } from './arrow-columns.ts';
import type { ArrowLibrary } from './arrow-library.ts';
import { readContent } from './ipc-messages.ts';
import type { PlacedBytes } from './placed-bytes.ts';

/** The rows of a file as its writer grouped them, none of them read yet. */
export async function* readBatches(
  file: PlacedBytes,
  arrow: ArrowLibrary,
): AsyncGenerator<BatchLocation> {
  const dictionaries = new Map<number, Vector>();
  const { schema, messages } = await readContent(file, arrow);
  for await (const { message, body } of messages) {
    if (message.isDictionaryBatch()) {
      const { id, data, isDelta }: DictionaryBatch = message.header();
      const type = schema.dictionaries.get(id);
      if (!type) throw new Error('it holds a dictionary of no column');
      const location = { file, batch: data, body, dictionaries };
      const values = await readDictionaryValues(arrow, location, type);
      const known = dictionaries.get(id);
      dictionaries.set(id, isDelta && known ? known.concat(values) : values);
    } else if (message.isRecordBatch()) {
      const batch: RecordBatch = message.header();
      const positions = columnPositions(arrow, schema, batch);
      yield { file, schema, batch, body, dictionaries, positions };
    }
  }
}
