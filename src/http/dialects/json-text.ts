import { errors, messageOf } from '../../errors.ts';

/** What a body of JSON says. GLIMPSE_BAD_REQUEST for what is no JSON, or not in UTF-8. */
export function parseJson(bytes: Uint8Array): unknown {
  const text = textOf(bytes);
  try {
    return JSON.parse(text);
  } catch (error) {
    const token = foreignNumber(text);
    if (token !== undefined) {
      throw new errors.GLIMPSE_BAD_REQUEST(
        `its JSON holds ${token}, which is no number of JSON and none that a model takes.`,
      );
    }
    const reason = messageOf(error);
    throw new errors.GLIMPSE_BAD_REQUEST(`its JSON cannot be read (${reason.slice(0, 200)}).`);
  }
}

/** The text of a body in UTF-8. A byte order mark at its beginning is left out; what is not UTF-8 is not guessed. */
export function textOf(body: Uint8Array, kind = 'JSON'): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new errors.GLIMPSE_BAD_REQUEST(`its ${kind} is not UTF-8.`);
  }
}

/** NaN and the like, which Python and TensorFlow Serving write; those inside of texts are passed over. */
function foreignNumber(text: string): string | undefined {
  const textOrToken = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\b(?:NaN|Infinity)\b/gs;
  for (const [found] of text.matchAll(textOrToken)) {
    if (!found.startsWith('"')) return found;
  }
  return undefined;
}
