import type { Data } from 'apache-arrow/data';
import type { ArrowLibrary } from './arrow-library.ts';
import { isList } from './arrow-layout.ts';

/** Throws when a column says that it has more values than its buffers hold: reading it would never end. */
export function checkData(arrow: ArrowLibrary, data: Data): void {
  const { DataType } = arrow;
  const { type, length } = data;
  if (DataType.isNull(type)) return;
  if (DataType.isFixedSizeList(type)) {
    const [child] = data.children;
    if (!child || child.length < length * type.listSize || type.listSize < 0) throw tooFew();
  } else if (DataType.isStruct(type)) {
    if (data.children.some((child) => child.length < length)) throw tooFew();
  } else if (hasOffsets(arrow, data)) {
    if (length > 0 && data.valueOffsets.length < length + 1) throw tooFew();
  } else {
    const held: number = data.values?.length ?? 0;
    if (held < (DataType.isBool(type) ? length / 8 : length * data.stride)) throw tooFew();
  }
  for (const child of data.children) checkData(arrow, child);
}

function hasOffsets(arrow: ArrowLibrary, { type }: Data): boolean {
  const { DataType } = arrow;
  if (isList(arrow, type) || DataType.isMap(type)) return true;
  const isText = DataType.isUtf8(type) || DataType.isLargeUtf8(type);
  return isText || DataType.isBinary(type) || DataType.isLargeBinary(type);
}

function tooFew(): Error {
  return new Error('a column has fewer values than it says');
}
