import type { Scope } from '../../access/scopes.ts';

/** The scope that the caller of a route needs; `open`: none. */
export type RouteAccess = 'open' | Scope;

/** Every route; one that is not listed cannot be registered, so none is open by oversight. */
const accessByRoute: Readonly<Record<string, RouteAccess>> = {
  'POST /predict': 'predict',
  'POST /models/:model/predict': 'predict',
  'POST /models/:model/versions/:version/predict': 'predict',
  'POST /models/:model/labels/:label/predict': 'predict',

  'GET /models': 'read',
  'GET /models/:model': 'read',
  'GET /models/:model/versions/:version': 'read',
  'GET /models/:model/versions/:version/card': 'read',
  'POST /models/:model/versions': 'train',
  'GET /models/:model/versions/:version/export': 'export',
  'GET /models/:model/labels': 'read',
  'POST /models/:model/refresh': 'release',
  'POST /models/:model/rollback': 'release',
  'GET /models/:model/approvals': 'read',
  'POST /models/:model/approvals/:id': 'release',
  'GET /models/:model/history': 'read',
  'GET /models/:model/traffic': 'read',
  'PUT /models/:model/traffic': 'release',
  'POST /models/:model/load': 'release',
  'POST /models/:model/unload': 'release',
  'POST /models/:model/versions/:version/load': 'release',
  'POST /models/:model/versions/:version/unload': 'release',
  'DELETE /models/:model': 'admin',
  'POST /models/:model/restore': 'admin',
  'DELETE /models/:model/versions/:version': 'release',
  'POST /models/:model/versions/:version/restore': 'release',
  'GET /models/:model/policy': 'read',
  'PUT /models/:model/policy': 'release',
  'PUT /models/:model/labels/:label': 'release',
  'DELETE /models/:model/labels/:label': 'release',

  'POST /feedback': 'train',
  'POST /models/:model/versions/:version/replay': 'train',
  'GET /models/:model/review': 'read',
  'GET /models/:model/predictions/:id/image': 'read',

  'POST /train': 'train',
  'GET /train': 'read',
  'GET /train/:id': 'read',
  'GET /train/:id/events': 'read',
  'GET /train/:id/logs': 'read',
  'GET /train/:id/sheet': 'read',
  'DELETE /train/:id': 'train',
  'POST /train/:id/publish': 'train',
  'POST /models/:model/versions/:version/evaluate': 'train',

  'POST /searches': 'train',
  'GET /searches': 'read',
  'GET /searches/:id': 'read',
  'DELETE /searches/:id': 'train',

  'POST /predict-jobs': 'train',

  'POST /datasets': 'train',
  'GET /datasets': 'read',
  'GET /datasets/:name': 'read',
  'GET /datasets/:name/:digest': 'read',
  'DELETE /datasets/:name/:digest': 'admin',
  'POST /datasets/:name/:digest/restore': 'admin',

  'GET /v2': 'open',
  'GET /v2/': 'open',
  'GET /v2/health/live': 'open',
  'GET /v2/health/ready': 'open',
  'GET /v2/models/:model': 'predict',
  'GET /v2/models/:model/versions/:version': 'predict',
  'GET /v2/models/:model/ready': 'predict',
  'GET /v2/models/:model/versions/:version/ready': 'predict',
  'GET /v2/models/:model/config': 'predict',
  'GET /v2/models/:model/versions/:version/config': 'predict',
  'GET /v2/models/stats': 'predict',
  'GET /v2/models/:model/stats': 'predict',
  'GET /v2/models/:model/versions/:version/stats': 'predict',
  'POST /v2/repository/index': 'read',
  'POST /v2/repository/models/:model/load': 'release',
  'POST /v2/repository/models/:model/unload': 'release',
  'POST /v2/models/:model/infer': 'predict',
  'POST /v2/models/:model/versions/:version/infer': 'predict',

  'GET /': 'open',
  'GET /v1/models': 'read',
  'GET /v1/models/:model': 'predict',
  'GET /v1/models/:model/versions/:version': 'predict',
  'GET /v1/models/:model/labels/:label': 'predict',
  'GET /v1/models/:model/metadata': 'predict',
  'GET /v1/models/:model/versions/:version/metadata': 'predict',
  'GET /v1/models/:model/labels/:label/metadata': 'predict',
  'POST /v1/models/:model([^:]+)::predict': 'predict',
  'POST /v1/models/:model/versions/:version([^:]+)::predict': 'predict',
  'POST /v1/models/:model/labels/:label([^:]+)::predict': 'predict',
  'POST /v1/models/:model([^:]+)::classify': 'predict',
  'POST /v1/models/:model/versions/:version([^:]+)::classify': 'predict',
  'POST /v1/models/:model/labels/:label([^:]+)::classify': 'predict',
  'POST /v1/models/:model([^:]+)::regress': 'predict',
  'POST /v1/models/:model/versions/:version([^:]+)::regress': 'predict',
  'POST /v1/models/:model/labels/:label([^:]+)::regress': 'predict',

  'POST /invocations': 'predict',
  'POST /endpoints/:model/invocations': 'predict',
  'GET /execution-parameters': 'open',
  'GET /version': 'open',
  'POST /models': 'release',
  'POST /models/:model/invoke': 'predict',

  'POST /predictions/:model': 'predict',
  'POST /predictions/:model/:version': 'predict',
  'PUT /predictions/:model': 'predict',
  'PUT /predictions/:model/:version': 'predict',
  'GET /torchserve/models': 'read',
  'GET /torchserve/models/:model': 'read',
  'GET /torchserve/models/:model/:version': 'read',
  'PUT /torchserve/models/:model/:version/set-default': 'release',
  'DELETE /torchserve/models/:model': 'release',
  'DELETE /torchserve/models/:model/:version': 'release',
  'POST /torchserve/models': 'release',
  'PUT /torchserve/models/:model': 'release',
  'PUT /torchserve/models/:model/:version': 'release',

  'GET /livez': 'open',
  'GET /readyz': 'open',
  'GET /health': 'open',
  'GET /ping': 'open',
  'GET /metrics': 'open',
  'GET /openapi.json': 'open',
};

/** The pages for people, with their files: the contract, and the console. */
const openPrefixes = ['/docs', '/console'];

/** What a call needs; undefined for one that is not known. HEAD needs what GET needs. */
export function accessOf(method: string, route: string): RouteAccess | undefined {
  if (openPrefixes.some((page) => route === page || route.startsWith(`${page}/`))) return 'open';
  return accessByRoute[`${method === 'HEAD' ? 'GET' : method} ${route}`];
}
