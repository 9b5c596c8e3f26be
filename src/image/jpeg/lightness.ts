import type { Assembly, Room } from '../assembly/open-assembly.ts';
import type { HuffmanCode, JpegComponent, JpegHead } from './scan-head.ts';
import type { Raster } from '../raster.ts';

/** Pixels of one block, and of one side of it. */
const BLOCK = 64;
const SIDE = 8;
/** Bytes of a table of codes, of its source, and of what is written behind coded bytes. */
const TABLE = 5 * 1024;
const CODE = 16 + 256;
const BEHIND = 1024;
/** Numbers that say what one block of a unit is. */
const PART = 5;
const RST0 = 0xd0;
const EOI = 0xd9;

/** The most bytes of the memory of `assembly` that are taken for it. */
export function lumaBytes(head: JpegHead, file: Uint8Array): number {
  const { width, height } = paddedSize(head);
  return width * height + 2 * (file.length - head.scanStart) + 8 * (TABLE + CODE) + 16 * 1024;
}

/**
 * The lightness of a JPEG: what libjpeg makes of it, bit for bit, where it is grey; with colour its grey before colours are
 * cut off at 0 and 255. It lies in the memory of the code, whose room has been begun. Undefined when anything about its data
 * is not as it should be: whoever goes on with lost pixels has to know of them.
 */
export function readLuma(
  { code, room }: Assembly,
  file: Uint8Array,
  head: JpegHead,
): Raster | undefined {
  const tables = tablesFor({ code, room }, head.components);
  if (!tables) return undefined;
  const { width, height, unitWidth, unitHeight } = paddedSize(head);
  const unitsAcross = width / unitWidth;
  const units = unitsAcross * (height / unitHeight);
  const plan = planOf(head.components, tables, width, room);
  const steps = room.ints(BLOCK);
  steps.set(head.steps);
  const reader = room.ints(4);
  const length = room.ints(1);
  const scratch = room.ints(2 * BLOCK);
  const coded = room.bytes(file.length - head.scanStart);
  coded.set(file.subarray(head.scanStart));
  const plain = room.bytes(coded.length + BEHIND);
  const plane = room.bytes(width * height);
  const end = coded.byteOffset + coded.length;
  const interval = head.restartInterval || units;
  let at = coded.byteOffset;
  for (let unit = 0, restarts = 0; unit < units; unit += interval, restarts += 1) {
    const count = Math.min(interval, units - unit);
    const marker = code.copyCoded(at, end, plain.byteOffset, length.byteOffset);
    if (marker === 0) return undefined;
    const plainEnd = plain.byteOffset + length[0]!;
    reader.set([0, 0, 0, plain.byteOffset]);
    for (const { last } of tables) last[0] = 0;
    const isRead = code.readUnits(
      reader.byteOffset,
      plan.byteOffset,
      plan.length / PART,
      steps.byteOffset,
      scratch.byteOffset,
      unit,
      count,
      unitsAcross,
      unitWidth,
      unitHeight,
      plane.byteOffset,
      plainEnd,
    );
    const unread = 8 * (plainEnd - reader[3]!) + reader[2]!;
    const isLast = unit + count === units;
    const expected = isLast ? EOI : RST0 + (restarts % 8);
    if (!isRead || unread < 0 || unread > 7) return undefined;
    if (coded[marker + 1 - coded.byteOffset] !== expected) return undefined;
    at = marker + 2;
  }
  return { ...cutTo(head, plane, width), channels: 1 };
}

/** A plane is drawn in whole units. */
function paddedSize({ width, height, components }: JpegHead) {
  const [lightness] = components;
  const [unitWidth, unitHeight] = [SIDE * lightness!.across, SIDE * lightness!.down];
  return {
    width: Math.ceil(width / unitWidth) * unitWidth,
    height: Math.ceil(height / unitHeight) * unitHeight,
    unitWidth,
    unitHeight,
  };
}

function cutTo({ width, height }: JpegHead, plane: Uint8Array, stride: number) {
  if (width < stride) {
    for (let y = 1; y < height; y += 1) {
      plane.copyWithin(y * width, y * stride, y * stride + width);
    }
  }
  return { width, height, data: plane.subarray(0, width * height) };
}

/** The tables of a component, and its last difference. */
interface Tables {
  readonly dc: number;
  readonly ac: number;
  readonly last: Int32Array;
}

/** Undefined when the codes of one are none. */
function tablesFor(
  { code, room }: Assembly,
  components: readonly JpegComponent[],
): Tables[] | undefined {
  const made = new Map<HuffmanCode, number>();
  let areCodes = true;
  const tableOf = (huffman: HuffmanCode): number => {
    const known = made.get(huffman);
    if (known !== undefined) return known;
    const source = room.bytes(CODE);
    source.set(huffman);
    const table = room.bytes(TABLE).byteOffset;
    areCodes &&= code.makeTable(table, source.byteOffset, source.byteOffset + 16) !== 0;
    made.set(huffman, table);
    return table;
  };
  const tables = components.map(({ dc, ac }) => ({
    dc: tableOf(dc),
    ac: tableOf(ac),
    last: room.ints(1),
  }));
  return areCodes ? tables : undefined;
}

/** What `readUnits` is told of each block of a unit, in their order. */
function planOf(
  components: readonly JpegComponent[],
  tables: readonly Tables[],
  stride: number,
  room: Room,
): Int32Array {
  const parts = components.flatMap(({ across, down }, i) => {
    const { dc, ac, last } = tables[i]!;
    return Array.from({ length: across * down }, (_, block) => {
      const [x, y] = [block % across, Math.floor(block / across)];
      return [i === 0 ? 1 : 0, dc, ac, last.byteOffset, SIDE * (y * stride + x)];
    });
  });
  const plan = room.ints(PART * parts.length);
  plan.set(parts.flat());
  return plan;
}
