import { strict as assert } from 'node:assert';
import { assembledCode } from './assembled.ts';

/** What assembly/index.ts exports, as it is called from here: addresses and counts are numbers. */
export interface AssemblyCode {
  readonly base: { readonly value: number };
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  greyOfColour(from: number, to: number, count: number): void;
  splitWeights(weights: number, count: number): void;
  filterGreyColumns: FilterColumns;
  filterColourColumns: FilterColumns;
  filterRows(
    ...request: [
      source: number,
      line: number,
      first: number,
      count: number,
      weights: number,
      stride: number,
      height: number,
      out: number,
    ]
  ): void;
  sumLinesOfBytes: SumLines;
  sumLines: SumLines;
  sumColumns(
    ...request: [
      source: number,
      seen: number,
      lines: number,
      from: number,
      start: number,
      share: number,
      columns: number,
      turned: number,
      out: number,
    ]
  ): void;
  blur(data: number, room: number, width: number, height: number): void;
  slide(
    ...request: [
      data: number,
      room: number,
      width: number,
      height: number,
      reach: number,
      isMaximum: number,
    ]
  ): void;
  standOut(paper: number, level: number, count: number, sign: number): void;
  takeLight(
    ...request: [
      data: number,
      width: number,
      height: number,
      ring: number,
      stride: number,
      samples: number,
      room: number,
      columns: number,
    ]
  ): void;
  shareOut(
    ...request: [
      length: number,
      start: number,
      end: number,
      count: number,
      from: number,
      starts: number,
      share: number,
      seen: number,
    ]
  ): void;
  findRuns(data: number, width: number, height: number, threshold: number, runs: number): number;
  findPieces(
    ...request: [
      data: number,
      width: number,
      runs: number,
      count: number,
      masses: number,
      boxes: number,
    ]
  ): number;
  keepRuns(runs: number, count: number, isKept: number): number;
  takeRuns(data: number, runs: number, count: number, out: number): number;
  takeAround(
    ...request: [
      data: number,
      width: number,
      height: number,
      runs: number,
      count: number,
      left: number,
      top: number,
      right: number,
      bottom: number,
      near: number,
      far: number,
      mask: number,
      out: number,
    ]
  ): number;
  softenRuns(
    ...request: [
      data: number,
      width: number,
      height: number,
      runs: number,
      count: number,
      faint: number,
      full: number,
      mask: number,
      out: number,
    ]
  ): void;
  valueAtRank(values: number, count: number, rank: number, room: number): number;
  largest(data: number, count: number, least: number): number;
  /** Whether the codes are codes. */
  makeTable(table: number, counts: number, symbols: number, ofCoefficients: number): number;
  copyCoded(from: number, end: number, to: number, length: number): number;
  readUnits(
    ...request: [
      reader: number,
      plan: number,
      parts: number,
      block: number,
      first: number,
      count: number,
      down: number,
      end: number,
    ]
  ): number;
  spreadEdges(rows: number, stride: number, width: number, count: number): void;
  colourRows(
    ...request: [
      luma: number,
      lumaStride: number,
      chroma: number,
      chromaStride: number,
      toCr: number,
      chromaHeight: number,
      sampling: number,
      first: number,
      count: number,
      width: number,
      grey: number,
      to: number,
      stride: number,
    ]
  ): void;
  copyRows(from: number, stride: number, width: number, count: number, to: number): void;
  interleaveRows(from: number, stride: number, width: number, count: number, to: number): void;
  countLevels(data: number, count: number, scale: number, counts: number): void;
}

type FilterColumns = (
  ...request: [
    source: number,
    line: number,
    lines: number,
    first: number,
    count: number,
    weights: number,
    stride: number,
    width: number,
    out: number,
  ]
) => void;

type SumLines = (
  ...request: [
    source: number,
    stride: number,
    count: number,
    from: number,
    start: number,
    share: number,
    lines: number,
    out: number,
  ]
) => void;

/** Arrays in the memory of the code, one behind the other; they hold whatever was there before. */
export interface Room {
  /** Begins anew: what was given may be given again. At most so many bytes will be asked for. */
  begin(bytes: number): void;
  bytes(count: number): Uint8Array;
  ints(count: number): Int32Array;
  floats(count: number): Float32Array;
  doubles(count: number): Float64Array;
}

export interface Assembly {
  readonly code: AssemblyCode;
  readonly room: Room;
}

/** What is used of WebAssembly, which neither TypeScript's library for servers nor Node's types describe. */
interface Engine {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: AssemblyCode };
}

/** The compiled code with memory of its own; undefined where there is no WebAssembly, or none with SIMD. */
export function openAssembly(base64 = assembledCode): Assembly | undefined {
  const engine: Engine | undefined = Reflect.get(globalThis, 'WebAssembly');
  const bytes = Buffer.from(base64, 'base64');
  if (!engine?.validate(bytes)) return undefined;
  const { exports: code } = new engine.Instance(new engine.Module(bytes));
  return { code, room: createRoom(code) };
}

const PAGE = 64 * 1024;
/** Arrays begin at multiples of it, and at least so many bytes lie between them, as code may read a little too far. */
const ALIGNMENT = 16;

function createRoom({ memory, base }: AssemblyCode): Room {
  let { buffer } = memory;
  let next = base.value;
  const take = (byteLength: number): number => {
    const at = Math.ceil(next / ALIGNMENT) * ALIGNMENT;
    next = at + byteLength + ALIGNMENT;
    assert(next <= buffer.byteLength, 'more memory was asked for than announced: our bug');
    return at;
  };
  return {
    begin(bytes) {
      next = base.value;
      const missing = next + bytes - buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
      ({ buffer } = memory);
    },
    bytes: (count) => new Uint8Array(buffer, take(count), count),
    ints: (count) => new Int32Array(buffer, take(count * 4), count),
    floats: (count) => new Float32Array(buffer, take(count * 4), count),
    doubles: (count) => new Float64Array(buffer, take(count * 8), count),
  };
}
