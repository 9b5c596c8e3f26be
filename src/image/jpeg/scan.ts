import type { Assembly, Room } from '../assembly/open-assembly.ts';
import type { HuffmanCode, JpegComponent, JpegHead } from './scan-head.ts';

/** Pixels of one block, and of one side of it. */
const BLOCK = 64;
const SIDE = 8;
/** Bytes of a table of codes, of its source, and of what is written behind coded bytes. */
const TABLE = 5 * 1024;
const CODE = 16 + 256;
const BEHIND = 1024;
/** Numbers that say what one block of a unit is. */
const PART = 8;
const RST0 = 0xd0;
const EOI = 0xd9;

/** Where the pixels of a component are drawn: the address of the first, and the length of a line. */
export interface Plane {
  readonly at: number;
  readonly stride: number;
}

/** The blocks of a JPEG, read once from above to below. */
export interface Scan {
  /**
   * Reads the next row of units (MCUs), and draws it `down` bytes below the begin of the planes. False when anything about its
   * data is not as it should be: whoever goes on with lost pixels has to know of them.
   */
  readRow(down: number): boolean;
}

/** Units are as large as blocks of lightness make them; planes are drawn in whole units. */
export function unitsOf({ width, height, components }: JpegHead) {
  const [lightness] = components;
  const [unitWidth, unitHeight] = [SIDE * lightness!.across, SIDE * lightness!.down];
  const [across, down] = [Math.ceil(width / unitWidth), Math.ceil(height / unitHeight)];
  return { unitWidth, unitHeight, across, down };
}

/** The most bytes of the room that reading takes, without those of the planes. */
export function scanBytes(head: JpegHead, file: Uint8Array): number {
  return 2 * (file.length - head.scanStart) + 8 * (TABLE + CODE) + 16 * 1024;
}

/** Reads the components that have a plane, and over the others. Undefined when the codes of one are none. */
export function openScan(
  { code, room }: Assembly,
  file: Uint8Array,
  head: JpegHead,
  planes: readonly (Plane | undefined)[],
): Scan | undefined {
  const tables = tablesFor({ code, room }, head.components);
  if (!tables) return undefined;
  const { across, down } = unitsOf(head);
  const plan = planOf(head.components, tables, planes, room);
  const reader = room.ints(4);
  const block = room.ints(BLOCK / 2);
  const segments = codedSegments({ code, room }, file, head, reader);
  const units = across * down;
  const interval = head.restartInterval || units;
  let unit = 0;

  const readUnits = (count: number, below: number): boolean => {
    const { byteOffset } = reader;
    const parts = plan.length / PART;
    const first = unit % across;
    const end = segments.end();
    return (
      code.readUnits(
        byteOffset,
        plan.byteOffset,
        parts,
        block.byteOffset,
        first,
        count,
        below,
        end,
      ) !== 0
    );
  };

  return {
    readRow(below) {
      const rowEnd = unit + across;
      while (unit < rowEnd) {
        if (unit % interval === 0) {
          if (!segments.begin()) return false;
          for (const { last } of tables) last[0] = 0;
        }
        const count = Math.min(rowEnd - unit, interval - (unit % interval));
        if (!readUnits(count, below)) return false;
        unit += count;
        const isEnd = unit === units;
        if ((isEnd || unit % interval === 0) && !segments.endsHere(isEnd)) return false;
      }
      return true;
    },
  };
}

/** What lies between two restarts, one after the other, without the zero behind each 255. */
function codedSegments(
  { code, room }: Assembly,
  file: Uint8Array,
  head: JpegHead,
  reader: Int32Array,
) {
  const length = room.ints(1);
  const coded = room.bytes(file.length - head.scanStart);
  coded.set(file.subarray(head.scanStart));
  const plain = room.bytes(coded.length + BEHIND);
  const end = coded.byteOffset + coded.length;
  let at = coded.byteOffset;
  let marker = 0;
  let restarts = 0;
  const plainEnd = (): number => plain.byteOffset + length[0]!;
  return {
    end: plainEnd,
    /** False where no marker follows. */
    begin(): boolean {
      marker = code.copyCoded(at, end, plain.byteOffset, length.byteOffset);
      reader.set([0, 0, 0, plain.byteOffset]);
      at = marker + 2;
      return marker !== 0;
    },
    /** Whether nothing but the rest of a byte was left unread, and the marker is the one that should follow. */
    endsHere(isLast: boolean): boolean {
      const unread = 8 * (plainEnd() - reader[3]!) + reader[2]!;
      const expected = isLast ? EOI : RST0 + (restarts % 8);
      restarts += 1;
      return unread >= 0 && unread <= 7 && coded[marker + 1 - coded.byteOffset] === expected;
    },
  };
}

/** The tables of a component, and its last difference. */
interface Tables {
  readonly dc: number;
  readonly ac: number;
  readonly steps: number;
  readonly last: Int32Array;
}

function tablesFor(
  { code, room }: Assembly,
  components: readonly JpegComponent[],
): Tables[] | undefined {
  const made = new Map<HuffmanCode, number>();
  let areCodes = true;
  const tableOf = (huffman: HuffmanCode, ofCoefficients: 0 | 1): number => {
    const known = made.get(huffman);
    if (known !== undefined) return known;
    const source = room.bytes(CODE);
    source.set(huffman);
    const table = room.bytes(TABLE).byteOffset;
    const { byteOffset } = source;
    areCodes &&= code.makeTable(table, byteOffset, byteOffset + 16, ofCoefficients) !== 0;
    made.set(huffman, table);
    return table;
  };
  const tables = components.map(({ dc, ac, steps }) => {
    const laid = room.ints(BLOCK);
    laid.set(steps);
    return {
      dc: tableOf(dc, 0),
      ac: tableOf(ac, 1),
      steps: laid.byteOffset,
      last: room.ints(1),
    };
  });
  return areCodes ? tables : undefined;
}

/** What `readUnits` is told of each block of a unit, in their order. */
function planOf(
  components: readonly JpegComponent[],
  tables: readonly Tables[],
  planes: readonly (Plane | undefined)[],
  room: Room,
): Int32Array {
  const parts = components.flatMap(({ across, down }, i) => {
    const { dc, ac, steps, last } = tables[i]!;
    const { at, stride } = planes[i] ?? { at: 0, stride: 0 };
    return Array.from({ length: across * down }, (_, block) => {
      const [x, y] = [block % across, Math.floor(block / across)];
      const to = at + SIDE * (y * stride + x);
      return [planes[i] ? 1 : 0, dc, ac, last.byteOffset, steps, to, stride, SIDE * across];
    });
  });
  const plan = room.ints(PART * parts.length);
  plan.set(parts.flat());
  return plan;
}
