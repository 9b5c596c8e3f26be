/** The bytes of a text, or why it stands for none. */
export type Decoded = { readonly bytes: Buffer } | { readonly problem: string };

/**
 * Standard or URL-safe base64, never a mixture, padded wholly or not at all. Only line ends may stand
 * between its characters: Node's own decoder passes over whatever it does not know, and so makes other
 * bytes of a text that lost characters on its way.
 */
export function decodeBase64(text: string): Decoded {
  const bare = /[\r\n]/.test(text) ? text.replaceAll(/[\r\n]+/g, '') : text;
  const bytes = Buffer.from(bare, 'base64');
  return isEncodingOf(bare, bytes) ? { bytes } : { problem: problemOf(bare) };
}

/** Encoding again is as fast as checking every character, and checks the padding and its bits too. */
function isEncodingOf(text: string, bytes: Buffer): boolean {
  const padding = '='.repeat((3 - (bytes.length % 3)) % 3);
  if (/[-_]/.test(text)) {
    const bare = bytes.toString('base64url');
    return text === bare || text === bare + padding;
  }
  const padded = bytes.toString('base64');
  return text === padded || text + padding === padded;
}

/** The reason for a refusal in words; computed only for refused texts. */
function problemOf(text: string): string {
  const strange = /[^A-Za-z0-9+/_=-]/u.exec(text);
  if (strange?.[0] === ' ') return 'it looks form-decoded: "+" became a blank';
  if (strange?.[0] === '%') return 'it looks percent-encoded';
  if (strange) return `character ${strange.index + 1} is ${JSON.stringify(strange[0])}`;
  if (/[+/]/.test(text) && /[-_]/.test(text))
    return 'it mixes the standard and the URL-safe alphabet';
  const characters = text.replace(/={1,2}$/, '');
  if (characters.includes('=')) return 'its padding does not fit its length';
  if (characters.length % 4 === 1) return 'its last character is alone, so some are missing';
  if (characters !== text && text.length % 4 !== 0) return 'its padding does not fit its length';
  return 'its last character holds bits of a byte that is missing';
}

/** The base64 of `data:image/png;base64,...`, or why it has none; undefined for a text that is no data URL. */
export function textOfDataUrl(
  text: string,
): { readonly base64: string } | { readonly problem: string } | undefined {
  const comma = text.indexOf(',');
  const head = comma === -1 ? '' : text.slice(0, comma);
  if (!/^data:/i.test(head)) return undefined;
  if (!/;base64$/i.test(head)) return { problem: 'its data URL is not marked ";base64"' };
  return { base64: text.slice(comma + 1) };
}
