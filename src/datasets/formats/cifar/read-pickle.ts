import { isRecord } from '../../../json.ts';
import {
  PickleStack,
  pickleRefused,
  type PickledArray,
  type PickledValue,
} from './pickle-stack.ts';

type Operation = (stack: PickleStack) => void;

const tuple =
  (length: number): Operation =>
  (stack) =>
    stack.push(Array.from({ length }, () => stack.pop()).toReversed());

/** Values that stand in the pickle as they are, and those that were there before. */
const plain: Readonly<Record<string, Operation>> = {
  N: (stack) => stack.push(null),
  '\x88': (stack) => stack.push(true),
  '\x89': (stack) => stack.push(false),
  K: (stack) => stack.push(stack.take(1).readUInt8()),
  M: (stack) => stack.push(stack.take(2).readUInt16LE()),
  J: (stack) => stack.push(stack.take(4).readInt32LE()),
  U: (stack) => stack.push(stack.take(stack.take(1).readUInt8())),
  T: (stack) => stack.push(stack.take(stack.take(4).readInt32LE())),
  q: (stack) => stack.remember(stack.take(1).readUInt8()),
  r: (stack) => stack.remember(stack.take(4).readUInt32LE()),
  h: (stack) => stack.recall(stack.take(1).readUInt8()),
  j: (stack) => stack.recall(stack.take(4).readUInt32LE()),
};

/** Lists, tuples and dictionaries. */
const containers: Readonly<Record<string, Operation>> = {
  '(': (stack) => stack.mark(),
  '}': (stack) => stack.push(new Map()),
  ']': (stack) => stack.push([]),
  t: (stack) => stack.push(stack.sinceMark()),
  '\x85': tuple(1),
  '\x86': tuple(2),
  '\x87': tuple(3),
  a: (stack) => {
    const item = stack.pop();
    addTo(stack.top(), [item]);
  },
  e: (stack) => {
    const items = stack.sinceMark();
    addTo(stack.top(), items);
  },
  s: (stack) => {
    const value = stack.pop();
    const key = stack.pop();
    setIn(stack.top(), [key, value]);
  },
  u: (stack) => {
    const items = stack.sinceMark();
    setIn(stack.top(), items);
  },
};

/** All that may be named: what NumPy puts an array together by. It is not called, but done here. */
const NAMED = ['numpy.core.multiarray _reconstruct', 'numpy ndarray', 'numpy dtype'] as const;
const [RECONSTRUCT, , DTYPE] = NAMED;

const arrays: Readonly<Record<string, Operation>> = {
  c: (stack) => {
    const python = `${stack.line()} ${stack.line()}`;
    const isNamed = NAMED.some((name) => name === python);
    if (!isNamed) throw pickleRefused(`it names ${JSON.stringify(python.slice(0, 60))} of Python`);
    stack.push({ python });
  },
  R: (stack) => {
    const given = stack.pop();
    stack.push(madeBy(stack.pop(), given));
  },
  b: (stack) => {
    const state = stack.pop();
    build(stack.top(), state);
  },
};

const operations: Readonly<Record<string, Operation>> = { ...plain, ...containers, ...arrays };

/**
 * What a pickle holds that is made of dictionaries, lists, texts, whole numbers and arrays of bytes, as Python 2 wrote
 * them (protocol 2). Any other operation, and any other name, is refused: nothing is looked up, and nothing is called.
 */
export function readPickle(bytes: Buffer): PickledValue {
  const stack = new PickleStack(bytes);
  if (stack.take(2).toString('latin1') !== '\x80\x02')
    throw pickleRefused('it is not of protocol 2');
  for (;;) {
    const code = stack.take(1).toString('latin1');
    if (code === '.') return stack.pop();
    if (!Object.hasOwn(operations, code)) {
      throw pickleRefused(
        `it has an operation that is not read (0x${code.charCodeAt(0).toString(16)})`,
      );
    }
    operations[code]!(stack);
  }
}

function addTo(list: PickledValue, items: readonly PickledValue[]): void {
  if (!Array.isArray(list)) throw pickleRefused('it adds to what is no list');
  for (const item of items) list.push(item);
}

/** Keys and values in turns. */
function setIn(map: PickledValue, items: readonly PickledValue[]): void {
  if (!(map instanceof Map) || items.length % 2 > 0)
    throw pickleRefused('it sets a key of nothing');
  for (let at = 0; at < items.length; at += 2) {
    const key = items[at];
    if (!Buffer.isBuffer(key)) throw pickleRefused('it has a key that is no text');
    map.set(key.toString('latin1'), items[at + 1]!);
  }
}

/** An array that is still empty, or the type of its values: bytes without a sign ("u1"). */
function madeBy(callable: PickledValue, given: PickledValue): PickledValue {
  const python = isRecord(callable) && 'python' in callable ? callable['python'] : undefined;
  if (python === RECONSTRUCT) return { shape: [], bytes: Buffer.alloc(0) };
  const [type] = Array.isArray(given) ? given : [];
  const isBytes = python === DTYPE && Buffer.isBuffer(type) && type.toString('latin1') === 'u1';
  if (isBytes) return { python: 'u1' };
  throw pickleRefused('it has an array that is not of bytes');
}

/** The state of a type changes nothing; that of an array is its version, shape, type, order and bytes. */
function build(made: PickledValue, state: PickledValue): void {
  if (isRecord(made) && 'python' in made && made['python'] === 'u1') return;
  const [, shape, type, isByColumns, bytes] = Array.isArray(state) ? state : [];
  const isOfBytes = isRecord(type) && 'python' in type && type['python'] === 'u1';
  const isWhole =
    isOfBytes && Array.isArray(shape) && isByColumns === false && Buffer.isBuffer(bytes);
  if (!isArray(made) || !isWhole)
    throw pickleRefused('it has an array that is not of bytes, row by row');
  Object.assign(made, { shape, bytes });
}

/** Whether a value is an array of NumPy. */
export function isArray(value: PickledValue | undefined): value is PickledArray {
  return isRecord(value) && 'bytes' in value;
}
