import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Static } from 'typebox';
import { exportFormats } from '../../exporting/exported-version.ts';
import type { Exporter } from '../../exporting/exporter.ts';
import { Closed } from '../../schema.ts';
import { Type } from '../../schema/builder.ts';
import { errorResponses, oneOf, VersionParamsSchema } from '../schemas.ts';

const ExportQuerySchema = Type.Object(
  {
    format: oneOf(
      exportFormats,
      'onnx: the graph with what a server does around it, uint8 pixels [N, height, width, channels] in, probabilities out. tfjs (a zip) and keras: the same as a layers model, of what was trained here. zip: every file of the version.',
      'ExportFormat',
    ),
  },
  Closed,
);

/** A version as one file that other programs read. */
export function registerExport(app: FastifyInstance, exporter: Exporter): void {
  const binary = Type.String({ format: 'binary' });
  app.get<{
    Params: Static<typeof VersionParamsSchema>;
    Querystring: Static<typeof ExportQuerySchema>;
  }>(
    '/models/:model/versions/:version/export',
    {
      schema: {
        tags: ['models'],
        operationId: 'exportVersion',
        summary:
          'A version as a file for another program: ONNX, TensorFlow.js, Keras, or all of its files.',
        description:
          'Needs the scope export. The etag tells the version, the form and the release that wrote it; if-none-match with it is answered 304. What is done to an image before it has the pixels that the file takes is said in the metadata of the graph (glimpse_preprocessing) and in the manifest.',
        params: VersionParamsSchema,
        querystring: ExportQuerySchema,
        response: {
          200: {
            description: 'The file.',
            content: {
              'application/octet-stream': { schema: binary },
              'application/zip': { schema: binary },
            },
          },
          304: { type: 'null', description: 'The file of the etag in if-none-match.' },
          ...errorResponses(404, 422, 503),
        },
      },
    },
    async (request, reply): Promise<FastifyReply> => {
      const { model, version } = request.params;
      const { format } = request.query;
      const { fileName, digest } = await exporter.describe(model, version, format);
      void reply
        .header('etag', `"${digest}"`)
        .header('cache-control', 'private, no-cache')
        .header('content-disposition', `attachment; filename="${fileName}"`);
      if (isKnown(request.headers['if-none-match'], digest)) return reply.code(304).send();
      const exported = await exporter.export(model, version, format);
      // Of an answer to HEAD only the headers are sent, so that nothing is read for it.
      const body = request.method === 'HEAD' ? Readable.from([]) : Readable.from(exported.write());
      return reply.type(exported.contentType).header('content-length', exported.size).send(body);
    },
  );
}

/** Whether an if-none-match names this etag, weak or strong, or any. */
function isKnown(header: string | undefined, digest: string): boolean {
  const named = header?.split(',').map((each) => each.trim().replace(/^W\//, '')) ?? [];
  return named.includes('*') || named.includes(`"${digest}"`);
}
