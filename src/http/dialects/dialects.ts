import type { FastifyInstance } from 'fastify';
import type { ShapeOf } from '../error-handler.ts';
import type { Dialect, DialectName, DialectOptions } from './dialect.ts';
import { oip } from './oip/oip.ts';
import type { HostingOptions } from './hosting-options.ts';
import { endpointModels, sagemaker } from './sagemaker/sagemaker.ts';
import { tfserving } from './tfserving/tfserving.ts';
import { torchserve, torchserveManagement } from './torchserve/torchserve.ts';

const dialects: readonly Dialect[] = [oip, tfserving, sagemaker, torchserve];

/** Those of the names, in the order in which they are written here, and what settings of their own switch on. */
export function dialectsOf(
  names: readonly DialectName[],
  { models, torchservePort }: Pick<HostingOptions, 'models' | 'torchservePort'>,
): readonly Dialect[] {
  return [
    ...dialects.filter(({ name }) => names.includes(name)),
    ...(models ? [endpointModels] : []),
    ...(torchservePort === 0 ? [] : [torchserveManagement]),
  ];
}

/** Tells errors at the addresses of the dialects in their own words. */
export function shapeOfErrors(spoken: readonly Dialect[]): ShapeOf {
  return ({ url }) => {
    const path = url.split('?', 1)[0]!;
    return spoken.find((dialect) => dialect.owns(path))?.errors;
  };
}

/** The calls of the dialects, each in a scope of its own. */
export async function registerDialects(
  app: FastifyInstance,
  spoken: readonly Dialect[],
  options: DialectOptions,
): Promise<void> {
  for (const dialect of spoken) {
    await app.register(async (scope) => {
      const errorSchema = dialect.errors.schemaId;
      scope.addHook('onRoute', (route) => {
        route.config = { ...route.config, errorSchema };
      });
      // Bodies are read by the dialects, which know their limits; Fastify only lets the stream pass.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
      dialect.register(scope, options);
    });
  }
}
