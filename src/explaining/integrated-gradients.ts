/** So many points of the way are looked at, and so many of them at once. */
export const STEPS = 24;
export const ROWS = 4;

/**
 * Points on the straight way from the paper to an example, from this one on: the middles of as many equal parts. Gradients are
 * summed along the way (integrated gradients: M. Sundararajan, A. Taly and Q. Yan, 2017), so that what all numbers are given is in
 * sum how much more the class is found in the example than in bare paper.
 */
export function pathTo(
  example: Float32Array,
  paper: Float32Array,
  from: number,
): Float32Array<ArrayBuffer> {
  const path = new Float32Array(ROWS * example.length);
  for (let row = 0; row < ROWS; row += 1) {
    const share = (from + row + 0.5) / STEPS;
    for (let at = 0; at < example.length; at += 1) {
      path[row * example.length + at] = paper[at]! + share * (example[at]! - paper[at]!);
    }
  }
  return path;
}

/** What each number is given: its distance from the paper, times the mean gradient along the way. */
export function attributionsOf(
  example: Float32Array,
  paper: Float32Array,
  sums: Float64Array,
): Float32Array {
  return example.map((value, at) => ((value - paper[at]!) * sums[at]!) / STEPS);
}
