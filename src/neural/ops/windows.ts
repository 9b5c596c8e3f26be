/**
 * Where the windows of a convolution or pooling lie on its input, for both of Keras' paddings.
 * Everything is a pair [height, width].
 */
export type Pair = readonly [height: number, width: number];
export type Padding = 'valid' | 'same';

export interface Windows {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly input: Pair;
  readonly output: Pair;
  /** Zeros before the first row and column, and after the last. */
  readonly before: Pair;
  readonly after: Pair;
}

/** `same` gives ceil(input / stride) windows and splits the padding, the odd one last; `valid` pads nothing. */
export function layWindows(input: Pair, kernel: Pair, strides: Pair, padding: Padding): Windows {
  const axes = ([0, 1] as const).map((axis) => {
    const [length, size, stride] = [input[axis], kernel[axis], strides[axis]];
    if (padding === 'valid') {
      return { count: Math.floor((length - size) / stride) + 1, before: 0, after: 0 };
    }
    const count = Math.ceil(length / stride);
    const missing = Math.max((count - 1) * stride + size - length, 0);
    const before = Math.floor(missing / 2);
    return { count, before, after: missing - before };
  });
  const pair = (key: 'count' | 'before' | 'after'): Pair => [axes[0]![key], axes[1]![key]];
  return {
    kernel,
    strides,
    input,
    output: pair('count'),
    before: pair('before'),
    after: pair('after'),
  };
}

/** The attributes ONNX's Conv, MaxPool and AveragePool share. */
export function windowAttributes({ kernel, strides, before, after }: Windows) {
  return {
    kernel_shape: { ints: kernel },
    strides: { ints: strides },
    pads: { ints: [...before, ...after] },
  };
}

/** The attributes that make ConvTranspose undo these windows and come out at the input's size. */
export function transposedAttributes(windows: Windows) {
  const { kernel, strides, before, after, input, output } = windows;
  const leftOver = ([0, 1] as const).map(
    (axis) =>
      input[axis] -
      (strides[axis] * (output[axis] - 1) + kernel[axis] - before[axis] - after[axis]),
  );
  return { ...windowAttributes(windows), output_padding: { ints: leftOver } };
}

export function isPadded({ before, after }: Windows): boolean {
  return [...before, ...after].some((count) => count > 0);
}
