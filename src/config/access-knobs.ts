import { Type } from '../schema/builder.ts';
import { choice, integer, text } from './knob.ts';

/** Who may do what, and how a caller is known. */
export const accessKnobs = {
  GLIMPSE_KEYS_FILE: text(
    '',
    'File of API keys (glimpse keys), followed while the server runs and made with an admin key at the first start; empty: no keys, and only callers on this machine may do more than predict.',
  ),
  GLIMPSE_ADMIN_KEY: text(
    '',
    'The admin key of the first start, from a secret; empty: one is made and printed once.',
  ),
  GLIMPSE_API_KEY: text(
    '',
    'The key that glimpse predict --url shows the server it asks; empty: none. A server does not read it.',
  ),
  GLIMPSE_OPEN: choice(
    '0',
    ['0', '1'],
    '1 lets anybody who reaches the port train, publish, move labels and read datasets.',
  ),
  GLIMPSE_OPEN_PREDICT: choice(
    '0',
    ['0', '1'],
    '1 lets anybody predict although there are keys; without keys everybody may.',
  ),
  GLIMPSE_ALLOWED_HOSTS: text(
    '',
    'Names this server goes by in Host headers of calls that change or reveal something, with commas between; localhost and addresses always count, * is any name.',
  ),
  GLIMPSE_CORS_ORIGINS: text(
    '',
    'Origins whose pages may call this server from a browser, with commas between (https://app.example.com); * is any, which without keys holds for predictions only; empty: none, and no CORS header is sent.',
  ),
  GLIMPSE_DATASET_URIS: text(
    '',
    'S3 prefixes that callers may name as datasets, besides that of the repository, with commas between: s3://bucket/prefix,s3://other.',
  ),
  GLIMPSE_RATE_LIMIT_PER_MINUTE: integer(
    0,
    'Requests a minute of each caller whose key has no budget of its own (callers without a key count by address); 0: no limit.',
  ),
  GLIMPSE_ADMIN_PORT: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 65535,
    description:
      'A second port that alone answers whatever changes or reveals something; 0: one port for all.',
  }),
  GLIMPSE_ADMIN_HOST: text('127.0.0.1', 'Address of that second port.'),
  GLIMPSE_JWT_ISSUER: text('', 'OIDC issuer whose tokens are taken; empty: none.'),
  GLIMPSE_JWT_AUDIENCE: text('glimpse', 'The audience such a token must be for.'),
  GLIMPSE_JWT_JWKS: text('', 'Key set of the issuer: a file, or its https address.'),
  GLIMPSE_JWT_CLAIM: text('groups', 'The claim whose values decide the scopes.'),
  GLIMPSE_JWT_SCOPES: text(
    '',
    'What a value of the claim allows, as JSON: {"ml-admins": ["admin"], "apps": ["predict"]}.',
  ),
  GLIMPSE_AUDIT_FILE: text(
    '',
    'NDJSON file that every call that changes something is appended to; empty: <GLIMPSE_DATA_DIR>/audit.ndjson.',
  ),
  GLIMPSE_TLS_CERT: text('', 'PEM file of the certificate chain; empty: plain HTTP.'),
  GLIMPSE_TLS_KEY: text('', 'PEM file of its private key.'),
  GLIMPSE_TLS_CLIENT_CA: text(
    '',
    'PEM file of the authority whose client certificates are required; empty: none is asked for.',
  ),
};
