/** What a caller may be allowed to do. `admin` includes all the others; the others include nothing else. */
export const scopeNames = ['predict', 'read', 'train', 'export', 'release', 'admin'] as const;
export type Scope = (typeof scopeNames)[number];

export function isScope(text: string): text is Scope {
  return scopeNames.some((name) => name === text);
}

/** Whether these scopes include the one that is needed. */
export function includesScope(scopes: readonly Scope[], needed: Scope): boolean {
  return scopes.includes('admin') || scopes.includes(needed);
}

/** What a model pattern may be: a name in which `*` stands for any characters. */
export const modelPattern = '^[A-Za-z0-9*][A-Za-z0-9._*-]{0,63}$';

/**
 * Whether one of the patterns covers the model. Compared part by part and without backtracking, so that no
 * pattern can make a request expensive.
 */
export function coversModel(patterns: readonly string[], model: string): boolean {
  return patterns.some((pattern) => pattern === '*' || matches(pattern.split('*'), model));
}

function matches(parts: readonly string[], model: string): boolean {
  const [first = '', ...rest] = parts;
  if (rest.length === 0) return model === first;
  const last = rest.pop()!;
  const end = model.length - last.length;
  if (end < first.length || !model.startsWith(first) || !model.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = model.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
