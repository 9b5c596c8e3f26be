import { messageOf } from './errors.ts';

/** Whether a value is an object with named fields: neither null nor a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Why a text is no JSON, from what `JSON.parse` threw, without a word of the text: it may be a secret in the wrong
 * place, and whoever reads the error need not be allowed to read it.
 */
export function jsonProblemOf(error: unknown): string {
  const message = messageOf(error);
  // V8 quotes the text in this form of sentence only; its others name places.
  return message.endsWith('is not valid JSON') ? 'an unexpected character' : message;
}

/** JSON with the fields of every object in order: equal values give equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isRecord(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
