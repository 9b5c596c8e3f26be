/** An array of NumPy as a pickle has it: bytes without a sign. */
export interface PickledArray {
  shape: readonly PickledValue[];
  bytes: Buffer;
}

/** What is pickled. Lists and tuples are the same; what it names of Python is no more than its name. */
export type PickledValue =
  | null
  | boolean
  | number
  | Buffer
  | PickledArray
  | { readonly python: string }
  | PickledValue[]
  | Map<string, PickledValue>;

/** The bytes of a pickle, and the stack on which its operations work. */
export class PickleStack {
  readonly #bytes: Buffer;
  readonly #values: PickledValue[] = [];
  /** Where lists that are not whole begin. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickledValue>();
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The next bytes, as a view. */
  take(length: number): Buffer {
    const start = this.#at;
    if (length < 0 || start + length > this.#bytes.length) throw pickleRefused('it ends too early');
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }

  /** The next line, without its end. */
  line(): string {
    const length = this.#bytes.indexOf(10, this.#at) - this.#at;
    if (length < 0 || length > 100) throw pickleRefused('it has a name without an end');
    return this.take(length + 1).toString('latin1', 0, length);
  }

  push(value: PickledValue): void {
    this.#values.push(value);
  }

  pop(): PickledValue {
    const value = this.top();
    this.#values.pop();
    return value;
  }

  /** The last value, which an operation changes. */
  top(): PickledValue {
    if (this.#values.length <= (this.#marks.at(-1) ?? 0)) throw nothingThere();
    return this.#values.at(-1)!;
  }

  mark(): void {
    this.#marks.push(this.#values.length);
  }

  /** All values since the last mark, which is gone then. */
  sinceMark(): PickledValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw nothingThere();
    return this.#values.splice(mark);
  }

  remember(key: number): void {
    this.#memo.set(key, this.top());
  }

  recall(key: number): void {
    const value = this.#memo.get(key);
    if (value === undefined) throw nothingThere();
    this.push(value);
  }
}

function nothingThere(): Error {
  return pickleRefused('it takes what is not there');
}

/** Why a pickle is not read. */
export function pickleRefused(reason: string): Error {
  return new Error(reason);
}
