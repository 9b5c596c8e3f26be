import type { Assembly } from '../assembly/open-assembly.ts';
import type { PlaneLoops } from './plane-loops.ts';

const BIN_COUNT = 256;

/** Four pixels at a time. All arrays lie in the memory of the module, one behind the other from the picture's begin on. */
export function simdLoops(assembly: Assembly): PlaneLoops {
  return { ...assembly.room, ...resampling(assembly), ...lookingAt(assembly) };
}

type Resampling = Pick<PlaneLoops, 'grey' | 'sumLines' | 'sumColumns' | 'blur'>;

function resampling({ code, room }: Assembly): Resampling {
  return {
    grey(colour) {
      const grey = room.bytes(colour.length / 3);
      code.greyOfColour(colour.byteOffset, grey.byteOffset, grey.length);
      return grey;
    },

    sumLines({ width, data }, rows, columns) {
      const lines = room.floats(rows.from.length * columns.seen);
      const size = data.BYTES_PER_ELEMENT;
      const sum = data instanceof Uint8Array ? code.sumLinesOfBytes : code.sumLines;
      sum(
        data.byteOffset + (rows.first * width + columns.first) * size,
        width * size,
        columns.seen,
        rows.from.byteOffset,
        rows.start.byteOffset,
        rows.share.byteOffset,
        rows.from.length,
        lines.byteOffset,
      );
      return lines;
    },

    sumColumns(lines, rows, columns) {
      const [width, height] = [columns.from.length, rows.from.length];
      const data = room.floats(width * height);
      code.sumColumns(
        lines.byteOffset,
        columns.seen * lines.BYTES_PER_ELEMENT,
        height,
        columns.from.byteOffset,
        columns.start.byteOffset,
        columns.share.byteOffset,
        width,
        data.byteOffset,
      );
      return { width, height, data };
    },

    blur({ width, height, data }) {
      code.blur(data.byteOffset, room.floats(data.length).byteOffset, width, height);
    },
  };
}

type LookingAt = Pick<PlaneLoops, 'slide' | 'standOut' | 'takeSurface' | 'largest' | 'countLevels'>;

function lookingAt({ code, room }: Assembly): LookingAt {
  return {
    slide({ width, height, data }, reach, extreme) {
      const wider = room.floats((width + 2 * reach) * (height + 2 * reach));
      const isMaximum = extreme === 'maximum' ? 1 : 0;
      code.slide(data.byteOffset, wider.byteOffset, width, height, reach, isMaximum);
    },

    standOut(paper, level, isDark) {
      const { data } = paper;
      code.standOut(data.byteOffset, level.data.byteOffset, data.length, isDark ? 1 : -1);
    },

    takeSurface({ width, height, data }, xs, surface) {
      code.takeSurface(data.byteOffset, xs.byteOffset, width, height, ...surface);
    },

    largest: (values, least) => code.largest(values.byteOffset, values.length, least),

    countLevels(values, scale) {
      const counts = room.ints(BIN_COUNT);
      code.countLevels(values.byteOffset, values.length, scale, counts.byteOffset);
      return counts;
    },
  };
}
