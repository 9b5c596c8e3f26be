import type { ErrorFamily } from './family.ts';

/** Who may do what, and who may not. */
// prettier-ignore
export const accessErrors = {
  GLIMPSE_UNAUTHENTICATED: [401, 'Who sent the request is not known: %s.'],
  GLIMPSE_FORBIDDEN: [403, 'The caller may not do this: %s.'],
  GLIMPSE_LOCAL_ONLY: [403, 'Without keys this call (scope "%s") answers only callers on the machine itself; make keys (glimpse keys create, GLIMPSE_KEYS_FILE), or set GLIMPSE_OPEN=1 to let anybody in.'],
  GLIMPSE_ORIGIN_FORBIDDEN: [403, 'The request is refused because of where it comes from: %s.'],
  GLIMPSE_RATE_LIMITED: [429, 'The caller has used up its budget of %s.'],
  GLIMPSE_TLS_INVALID: [500, 'The certificate cannot be used: %s.'],
  GLIMPSE_KEYS_INVALID: [500, 'The keys cannot be used: %s.'],
} as const satisfies ErrorFamily;
