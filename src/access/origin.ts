import { isIP } from 'node:net';

/** The headers that say where a request comes from. */
export interface RequestOrigin {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** The header Sec-Fetch-Site. */
  readonly fetchSite: string | undefined;
}

/**
 * Why a request that changes or reveals something is refused whoever sent it; undefined when it is not.
 *
 * A web page can make the browser of somebody on this machine, or behind the firewall, send requests here
 * without asking (multipart needs no preflight), and by DNS rebinding even read the answers. So the name in
 * Host must be one this server goes by, and a page of another origin must be on the list.
 */
export function originProblem(
  { host, origin, fetchSite }: RequestOrigin,
  { hosts, origins }: { readonly hosts: readonly string[]; readonly origins: readonly string[] },
): string | undefined {
  const name = host === undefined ? undefined : hostNameOf(host);
  if (name === undefined || !isOwnName(name, hosts)) {
    return `the Host "${(host ?? '').slice(0, 80)}" is not a name of this server (GLIMPSE_ALLOWED_HOSTS)`;
  }
  if (origin !== undefined) {
    const isSame = originHost(origin) === host!.toLowerCase();
    if (isSame || origins.includes('*') || origins.includes(origin)) return undefined;
    return `pages of the origin "${origin.slice(0, 80)}" may not call this (GLIMPSE_CORS_ORIGINS)`;
  }
  const isForeign = fetchSite === 'cross-site' || fetchSite === 'same-site';
  return isForeign ? 'a page of another origin sent it' : undefined;
}

/** Whether an address of a socket is one of this machine. */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

/** Addresses cannot be rebound, and localhost is resolved by the machine itself; other names must be listed. */
function isOwnName(name: string, hosts: readonly string[]): boolean {
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    isIP(name) !== 0 ||
    hosts.some((own) => own === '*' || own.toLowerCase() === name)
  );
}

/** The name in a Host header without its port, in lower case; undefined when there is none in it. */
function hostNameOf(host: string): string | undefined {
  const found = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(host);
  return (found?.[1] ?? found?.[2])?.toLowerCase();
}

function originHost(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}
