/**
 * The key of whoever looks. It lives as long as this tab (sessionStorage), is sent to this server alone, and never stands in an
 * address.
 */
const place = 'glimpse-key';
const listeners = new Set<() => void>();

export function currentKey(): string | undefined {
  return sessionStorage.getItem(place) ?? undefined;
}

export function setKey(key: string | undefined): void {
  if (key) sessionStorage.setItem(place, key);
  else sessionStorage.removeItem(place);
  for (const listener of listeners) listener();
}

/** Calls back at every change of the key; what is returned ends that. */
export function onKeyChanged(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
