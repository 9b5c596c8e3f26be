import type { Assembly } from '../assembly/open-assembly.ts';
import type { PlaneLoops } from './plane-loops.ts';

type Finding = Pick<PlaneLoops, 'findPieces' | 'keepRuns' | 'valueAtRank'>;
type Taking = Pick<PlaneLoops, 'takeRuns' | 'takeAround' | 'softenRuns'>;

/** Numbers of a run. */
const RUN = 3;
/** Numbers that counting bits takes. */
const BINS = 4098;

/** What `plainRuns` does, compiled from assembly/runs.ts and assembly/rank.ts. */
export function simdRuns(assembly: Assembly): Finding & Taking {
  return { ...finding(assembly), ...taking(assembly) };
}

function finding({ code, room }: Assembly): Finding {
  return {
    findPieces({ width, height, data }, threshold) {
      // A run has a pixel beside it that is none, and a piece one below as well.
      const across = Math.ceil(width / 2);
      const runs = room.ints(RUN * across * height);
      const pieces = across * Math.ceil(height / 2);
      const [masses, boxes] = [room.doubles(pieces), room.ints(4 * pieces)];
      const [from, to] = [data.byteOffset, runs.byteOffset];
      const count = code.findRuns(from, width, height, threshold, to);
      const found = code.findPieces(from, width, to, count, masses.byteOffset, boxes.byteOffset);
      return {
        runs: runs.subarray(0, RUN * count),
        masses: masses.subarray(0, found),
        boxes: boxes.subarray(0, 4 * found),
      };
    },

    keepRuns(runs, isKept) {
      const count = code.keepRuns(runs.byteOffset, runs.length / RUN, isKept.byteOffset);
      return runs.subarray(0, RUN * count);
    },

    valueAtRank(values, rank) {
      if (!(rank >= 0 && rank < values.length)) return undefined;
      return code.valueAtRank(values.byteOffset, values.length, rank, room.ints(BINS).byteOffset);
    },
  };
}

function taking({ code, room }: Assembly): Taking {
  return {
    takeRuns({ data }, runs) {
      const taken = room.floats(data.length);
      const count = code.takeRuns(
        data.byteOffset,
        runs.byteOffset,
        runs.length / RUN,
        taken.byteOffset,
      );
      return taken.subarray(0, count);
    },

    takeAround({ width, height, data }, runs, { left, top, right, bottom }, near, far) {
      const taken = room.floats(data.length);
      const count = code.takeAround(
        data.byteOffset,
        width,
        height,
        runs.byteOffset,
        runs.length / RUN,
        left,
        top,
        right,
        bottom,
        near,
        far,
        room.bytes(data.length).byteOffset,
        taken.byteOffset,
      );
      return taken.subarray(0, count);
    },

    softenRuns({ width, height, data }, runs, faint, full) {
      const soft = room.floats(data.length);
      code.softenRuns(
        data.byteOffset,
        width,
        height,
        runs.byteOffset,
        runs.length / RUN,
        faint,
        full,
        room.bytes(data.length).byteOffset,
        soft.byteOffset,
      );
      return { width, height, data: soft };
    },
  };
}
