/** The quantile of the normal distribution that leaves 2.5 % on each side. */
const Z = 1.959964;

/**
 * Where the true share lies with 95 % confidence when so many of so many were right (E. B. Wilson, "Probable Inference,
 * the Law of Succession, and Statistical Inference", 1927): it holds for few examples, and for shares near 0 and 1.
 */
export function wilsonInterval(share: number, examples: number): [number, number] {
  if (examples === 0) return [0, 1];
  const spread = Z ** 2 / examples;
  const centre = share + spread / 2;
  const half = Z * Math.sqrt((share * (1 - share)) / examples + spread / (4 * examples));
  return [Math.max(0, (centre - half) / (1 + spread)), Math.min(1, (centre + half) / (1 + spread))];
}
