/** What a request carries to say who sent it. */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'key'; readonly text: string }
  | { readonly kind: 'token'; readonly text: string }
  | { readonly kind: 'malformed'; readonly reason: string };

/** Far more than any key or token of ours needs. */
const maxLength = 16_384;

const none: Credentials = { kind: 'none' };

/**
 * Reads `Authorization: Bearer ...` and `X-Api-Key`. A header that stands twice, or both with different
 * texts, is malformed: which of two credentials counts must never depend on who reads them.
 */
export function readCredentials(headers: {
  readonly authorization?: string | readonly string[] | undefined;
  readonly apiKey?: string | readonly string[] | undefined;
}): Credentials {
  if (headers.authorization === undefined && headers.apiKey === undefined) return none;
  const given = [bearerOf(headers.authorization), apiKeyOf(headers.apiKey)];
  const broken = given.find((one) => one.kind === 'malformed');
  if (broken) return broken;
  const [first, second] = given.filter((one) => one.kind !== 'none');
  if (!first) return none;
  if (second && 'text' in first && 'text' in second && first.text !== second.text) {
    return { kind: 'malformed', reason: 'Authorization and X-Api-Key name different keys' };
  }
  return first;
}

/** The SDKs of AWS sign whatever they send. That is for AWS to read, and says nothing of a caller here. */
const awsSignature = /^AWS4-HMAC-SHA256 /;

function bearerOf(header: string | readonly string[] | undefined): Credentials {
  if (header === undefined) return none;
  if (typeof header !== 'string')
    return { kind: 'malformed', reason: 'Authorization stands twice' };
  if (awsSignature.test(header)) return none;
  const found = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(header);
  if (!found || header.length > maxLength) {
    return { kind: 'malformed', reason: 'Authorization is not "Bearer <key>"' };
  }
  return credential(found[1]!);
}

function apiKeyOf(header: string | readonly string[] | undefined): Credentials {
  if (header === undefined) return none;
  if (typeof header !== 'string' || header.includes(',')) {
    return { kind: 'malformed', reason: 'X-Api-Key stands twice' };
  }
  const text = header.trim();
  if (text === '' || text.length > maxLength) {
    return { kind: 'malformed', reason: 'X-Api-Key holds no key' };
  }
  return credential(text);
}

/** Three parts with points between them are a JSON Web Token; no key of ours holds a point. */
function credential(text: string): Credentials {
  return { kind: text.split('.').length === 3 ? 'token' : 'key', text };
}
