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
  for (let at = 0; at !== -1;) {
    const quote = text.indexOf('"', at);
    const outside = text.slice(at, quote === -1 ? text.length : quote);
    const [token] = /-?\b(?:NaN|Infinity)\b/.exec(outside) ?? [];
    if (token !== undefined) return token;
    at = quote === -1 ? -1 : endOfText(text, quote + 1);
  }
  return undefined;
}

/** Behind the quote that ends a text of JSON; -1 where none does. No byte is looked at twice. */
function endOfText(json: string, from: number): number {
  for (let at = from; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (code === quoteCode) return at + 1;
    if (code === backslashCode) at += 1;
  }
  return -1;
}

const quoteCode = 0x22;
const backslashCode = 0x5c;
