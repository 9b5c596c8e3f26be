/** The longest a request may ask to be held open until its job has ended, whatever it prefers. */
export const longestWaitSeconds = 60;

const preference = /(?:^|,)\s*([^\s=;,"]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]*))?/g;

/**
 * The seconds of "Prefer: wait=10" (RFC 7240), no more than the longest wait. Undefined when the header does
 * not say so: what is not understood there is not an error.
 */
export function waitOf(header: string | undefined): number | undefined {
  for (const [, name = '', value = ''] of (header ?? '').matchAll(preference)) {
    if (name.toLowerCase() !== 'wait') continue;
    const seconds = /^"?(\d{1,9})"?$/.exec(value)?.[1];
    return seconds === undefined ? undefined : Math.min(Number(seconds), longestWaitSeconds);
  }
  return undefined;
}
