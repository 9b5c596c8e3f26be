import { errors } from '../../errors.ts';

/**
 * The one place that says what a key may be. A usable key is the same on every store and can never
 * leave the folder it is resolved against: relative, "/" between parts, no empty part, no part that
 * starts with a dot (so no "." and "..", no hidden files, none of the disk store's own temporary
 * files), no backslash, no control character, and one spelling only (Unicode NFC).
 */
const longestKey = 768;
const longestPart = 200;
// oxlint-disable-next-line no-control-regex
const unusable = /[\u0000-\u001f\u007f\\]|\p{Surrogate}|^\.|\/\.|\/\/|^\/|\/$|^$/u;

export function isUsableKey(key: string): boolean {
  return (
    !unusable.test(key) &&
    key === key.normalize('NFC') &&
    Buffer.byteLength(key) <= longestKey &&
    key.split('/').every((part) => Buffer.byteLength(part) <= longestPart)
  );
}

/** The key itself, or GLIMPSE_STORE_KEY_INVALID. */
export function checkKey(key: string): string {
  if (!isUsableKey(key)) throw new errors.GLIMPSE_STORE_KEY_INVALID(printable(key));
  return key;
}

/** The prefix as the beginning of keys: "" or "folder/". A trailing slash is accepted. */
export function checkPrefix(prefix: string): string {
  if (prefix === '') return '';
  return `${checkKey(prefix.endsWith('/') ? prefix.slice(0, -1) : prefix)}/`;
}

/** A refused key is shown, but short and harmless to a terminal. */
function printable(key: string): string {
  const text = JSON.stringify(key).slice(1, -1);
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}
