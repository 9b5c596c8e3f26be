/** Logits with the true class of each row, kept to choose a temperature by. */
export interface LabelledLogits {
  /** [labels.length, classes]. */
  readonly logits: Float32Array;
  readonly labels: ArrayLike<number>;
  readonly classes: number;
}

/** With fewer examples a temperature would be noise. */
const MIN_EXAMPLES_FOR_TEMPERATURE = 50;
const LOWEST = 0.05;
const HIGHEST = 20;
/** Each step narrows the bracket by the golden ratio; 50 leave less than float32 can tell apart. */
const STEPS = 50;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * The temperature under which the scores fit the truth best (least mean negative log-likelihood of
 * logits / temperature): a search by golden section over its logarithm, where the curve has one valley.
 * When every example is right, more certainty always fits better; then one mistake in n + 2 is assumed,
 * as the rule of succession does, so that a few good examples cannot make a net sure of everything.
 */
export function fitTemperature(examples: LabelledLogits): number {
  if (examples.labels.length < MIN_EXAMPLES_FOR_TEMPERATURE) return 1;
  const doubt = isAllRight(examples) ? 1 / (examples.labels.length + 2) : 0;
  const at = (logarithm: number) => meanLoss(examples, Math.exp(logarithm), doubt);
  let [low, high] = [Math.log(LOWEST), Math.log(HIGHEST)];
  let [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
  let [lossLeft, lossRight] = [at(left), at(right)];
  for (let step = 0; step < STEPS; step += 1) {
    if (lossLeft <= lossRight) {
      [high, right, lossRight] = [right, left, lossLeft];
      left = high - GOLDEN * (high - low);
      lossLeft = at(left);
    } else {
      [low, left, lossLeft] = [left, right, lossRight];
      right = low + GOLDEN * (high - low);
      lossRight = at(right);
    }
  }
  return Number(Math.exp((low + high) / 2).toPrecision(6));
}

/** `doubt` is the share of the truth that is given to the other classes. */
function meanLoss(
  { logits, labels, classes }: LabelledLogits,
  temperature: number,
  doubt: number,
): number {
  let sum = 0;
  for (let row = 0; row < labels.length; row += 1) {
    const scores = logits.subarray(row * classes, (row + 1) * classes);
    const top = largest(scores);
    const own = scores[labels[row]!]!;
    let [total, all] = [0, 0];
    for (const score of scores) {
      total += Math.exp((score - top) / temperature);
      all += score;
    }
    const truth = (1 - doubt) * own + (doubt * (all - own)) / (classes - 1);
    sum += Math.log(total) - (truth - top) / temperature;
  }
  return sum / labels.length;
}

function isAllRight({ logits, labels, classes }: LabelledLogits): boolean {
  return Array.from(labels).every((label, row) => {
    const scores = logits.subarray(row * classes, (row + 1) * classes);
    return scores[label] === largest(scores);
  });
}

function largest(scores: Float32Array): number {
  return scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
}
