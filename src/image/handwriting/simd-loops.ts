import type { Assembly } from '../assembly/open-assembly.ts';
import { sharesFor } from './cells.ts';
import { ringIn } from './paper-surface.ts';
import type { PlaneLoops } from './plane-loops.ts';
import { simdRuns } from './simd-runs.ts';

const BIN_COUNT = 256;

/** Four pixels at a time. All arrays lie in the memory of the module, one behind the other from the picture's begin on. */
export function simdLoops(assembly: Assembly): PlaneLoops {
  return {
    ...assembly.room,
    ...resampling(assembly),
    ...lookingAt(assembly),
    ...simdRuns(assembly),
  };
}

type Resampling = Pick<PlaneLoops, 'cells' | 'sumLines' | 'sumColumns' | 'blur'>;

function resampling({ code, room }: Assembly): Resampling {
  return {
    cells(length, start, end, count) {
      const [from, starts] = [room.ints(count), room.ints(count + 1)];
      const share = room.floats(count * sharesFor(start, end, count));
      const extent = room.ints(2);
      code.shareOut(
        length,
        start,
        end,
        count,
        from.byteOffset,
        starts.byteOffset,
        share.byteOffset,
        extent.byteOffset,
      );
      return { first: extent[0]!, seen: extent[1]!, from, start: starts, share };
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
      const turned = room.floats(4 * columns.seen + 12);
      code.sumColumns(
        lines.byteOffset,
        columns.seen,
        height,
        columns.from.byteOffset,
        columns.start.byteOffset,
        columns.share.byteOffset,
        width,
        turned.byteOffset,
        data.byteOffset,
      );
      return { width, height, data };
    },

    blur({ width, height, data }) {
      code.blur(data.byteOffset, room.floats(data.length).byteOffset, width, height);
    },
  };
}

type LookingAt = Pick<
  PlaneLoops,
  'grey' | 'slide' | 'standOut' | 'takeLight' | 'largest' | 'countLevels'
>;

function lookingAt({ code, room }: Assembly): LookingAt {
  return {
    grey(colour) {
      const grey = room.bytes(colour.length / 3);
      code.greyOfColour(colour.byteOffset, grey.byteOffset, grey.length);
      return grey;
    },

    slide({ width, height, data }, reach, extreme) {
      const wider = room.floats((width + 2 * reach) * (height + 2 * reach));
      const isMaximum = extreme === 'maximum' ? 1 : 0;
      code.slide(data.byteOffset, wider.byteOffset, width, height, reach, isMaximum);
    },

    standOut(paper, level, isDark) {
      const { data } = paper;
      code.standOut(data.byteOffset, level.data.byteOffset, data.length, isDark ? 1 : -1);
    },

    takeLight(plane) {
      const { width, height, data } = plane;
      const { ring, stride, samples } = ringIn(plane);
      const numbers = room.bytes(8 * (5 * samples + 2200));
      code.takeLight(
        data.byteOffset,
        width,
        height,
        ring,
        stride,
        samples,
        numbers.byteOffset,
        room.floats(width).byteOffset,
      );
    },

    largest: (values, least) => code.largest(values.byteOffset, values.length, least),

    countLevels(values, scale) {
      const counts = room.ints(4 * BIN_COUNT);
      code.countLevels(values.byteOffset, values.length, scale, counts.byteOffset);
      return counts.subarray(0, BIN_COUNT);
    },
  };
}
