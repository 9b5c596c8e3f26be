import type { FastifyInstance } from 'fastify';
import { strict as assert } from 'node:assert';
import { isRecord } from '../../../json.ts';
import { checkModel, seesModel } from '../../access/visible.ts';
import { unchecked } from '../../validate-request.ts';
import { invalidBody } from '../body-problem.ts';
import type { DialectOptions } from '../dialect.ts';
import { readSmallJson } from '../small-body.ts';
import type { EndpointModel } from '../hosting-options.ts';
import { invoke } from './invocations-route.ts';

interface OfModel {
  Params: { readonly model: string };
}

/** The most models of one answer; the others are asked for by its token. */
const pageSize = 100;

/** The calls by which SageMaker loads, lists, asks and unloads the models of an endpoint of several. */
export function registerEndpointModels(app: FastifyInstance, options: DialectOptions): void {
  const { models } = options.hosting;
  assert(models, 'an endpoint of several models has none: this is our bug');
  app.post('/models', hidden, async (request, reply) => {
    const { name, url } = readLoad(await readSmallJson(options, request, reply));
    checkModel(request, name);
    await models.load(name, url);
    return inWords({ name, url });
  });
  app.get<{ Querystring: { next_page_token?: string } }>('/models', hidden, async (request) => {
    const { next_page_token: token } = request.query;
    const from = Number(/^\d{1,9}$/.exec(token ?? '0')?.[0] ?? Number.NaN);
    if (Number.isNaN(from)) throw invalidBody('next_page_token is none that was answered before.');
    const all = models.list().filter(({ name }) => seesModel(request, name));
    const next = from + pageSize;
    return {
      models: all.slice(from, next).map(inWords),
      ...(next < all.length && { nextPageToken: String(next) }),
    };
  });
  app.get<OfModel>('/models/:model', hidden, async ({ params }) =>
    inWords(models.find(params.model)),
  );
  app.delete<OfModel>('/models/:model', hidden, async ({ params }) => {
    const { name, url } = models.find(params.model);
    await models.unload(name);
    return inWords({ name, url });
  });
  app.post<OfModel>('/models/:model/invoke', hidden, (request, reply) =>
    invoke(options, request, reply, models.find(request.params.model).model),
  );
}

const inWords = ({ name, url }: EndpointModel) => ({ modelName: name, modelUrl: url });

function readLoad(body: unknown): EndpointModel {
  const { model_name: name, url } = isRecord(body) ? body : {};
  if (typeof name === 'string' && name !== '' && typeof url === 'string') return { name, url };
  throw invalidBody('it must be {"model_name": "...", "url": "/opt/ml/models/.../model"}.');
}

/** They take the addresses of our own calls, and are no part of the contract. */
const hidden = { validatorCompiler: unchecked('body', 'headers'), schema: { hide: true } };
