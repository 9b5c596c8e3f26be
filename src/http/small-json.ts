import type { FastifyInstance } from 'fastify';
import { asError } from '../errors.ts';
import { JsonScan, type JsonLimits } from './json/json-scan.ts';

/** Largest body of the calls that take a few fields of JSON. */
export const smallBodyBytes = 1024 * 1024;

/**
 * What the JSON of the calls holds that take a few fields: nets of hundreds of layers and lists of thousands of numbers
 * fit ten times over.
 */
const limits: JsonLimits = { depth: 64, objects: 5_000, arrays: 10_000, strings: 50_000 };

/** GLIMPSE_JSON_TOO_COMPLEX for a text that would become far more than any of these calls can mean. */
export function checkSmallJson(text: Uint8Array): void {
  new JsonScan(limits).push(text);
}

/** Looks through every small body of JSON before it is parsed. */
export function checkJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer' },
    (request, body, done) => {
      try {
        checkSmallJson(body);
      } catch (error) {
        return done(asError(error));
      }
      return parse(request, body.toString(), done);
    },
  );
}
