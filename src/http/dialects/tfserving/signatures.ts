import { invalidBody } from '../body-problem.ts';

/** The signatures that every model here has: its own tensor of numbers, the files of images, and both for `:classify`. */
export const signatures = {
  tensor: 'serving_default',
  files: 'serving_bytes',
  classify: 'classification',
} as const;

/** What the files of images are called where inputs are named; a name that ends so says base64 in this protocol. */
export const filesInput = 'image_bytes';

/** The scores of the classes, where outputs are named. */
export const scoresOutput = 'scores';

const names: readonly string[] = Object.values(signatures);

/** Refuses the name of a signature that no model here has; without a name the default is meant. */
export function checkSignatureName(body: Readonly<Record<string, unknown>>): void {
  const name = body['signature_name'];
  if (name === undefined || name === '') return;
  if (typeof name !== 'string') throw invalidBody("'signature_name' key must be a string value.");
  if (names.includes(name)) return;
  throw invalidBody(
    `Serving signature name: "${name.slice(0, 100)}" not found in signature def; there are ${names.join(', ')}`,
  );
}
