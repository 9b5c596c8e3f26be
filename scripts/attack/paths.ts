import { allRefused, trespass, type Attack } from './attack.ts';
import { apiKey, json, send, sendText, withHeaders, type Call } from './wire.ts';

/** Other spellings of addresses that need a key; a proxy may read them in one way and the server in another. */
const spellings = [
  '//models',
  '/./models',
  '/livez/../models',
  '/%2e%2e/models',
  '/models/..%2fmodels',
  '/models/',
  '/models//',
  '/MODELS',
  '/models;x=1',
  '/models%00',
  '/models%20',
  '/%6dodels',
  '/models#/livez',
  '/models?/livez',
  '/docs/../models',
  '/docs/..%2fmodels',
  '/docs/%2e%2e/models',
  '/docs//models',
  '/docs/static/..%2f..%2f..%2fpackage.json',
  '/docs/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
  '/docs/static/....//....//package.json',
  '/docs\\..\\models',
  '/models/digits%2fversions%2f1',
  '/models/..',
  '/train/..%2f..%2fkeys.json',
  '/datasets/%2e%2e%2f%2e%2e%2fkeys.json',
  '/%',
  '/%ff',
  '/models/%c0%ae%c0%ae/',
];

export const pathAttack: Attack = {
  name: 'other spellings of addresses, without a key',
  group: 'keys',
  async run({ url }) {
    const { host } = new URL(url);
    const asText = [
      ...spellings,
      `http://${host}/models`,
      'http://elsewhere/models',
      '*',
      '*models',
      'models',
    ];
    return allRefused(
      url,
      asText.map((path) => ({
        title: path,
        statuses: [400, 401, 404],
        send: () =>
          sendText(url, `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`),
      })),
    );
  },
};

export const methodAttack: Attack = {
  name: 'other methods: HEAD for GET, headers that override the method, methods of others',
  group: 'keys',
  async run({ url, callers }) {
    const reader = apiKey(callers.read);
    const label = '/models/digits/labels/production';
    const overrides = ['x-http-method-override', 'x-http-method', 'x-method-override'].map(
      (name): [string, Call] => [
        name,
        withHeaders(
          { method: 'POST', path: label, ...json({ version: 1 }) },
          { ...reader, [name]: 'PUT' },
        ),
      ],
    );
    const refusedByMethod = ['TRACE', 'PROPFIND', 'PATCH', 'POST', 'CONNECT_', 'GETS'].map(
      (method): [string, Call] => [method, { method, path: '/models', headers: reader }],
    );
    const outcome = await allRefused(url, [
      ...['/models', '/train', '/datasets', '/models/digits'].map((path) => ({
        title: `HEAD ${path}`,
        statuses: [401],
        // A response to HEAD has no body that could name the code.
        send: async () => ({ status: (await send(url, { method: 'HEAD', path })).status }),
      })),
      ...overrides.map(([title, call]) => trespass(url, title, call, [404, 405])),
      ...refusedByMethod.map(([title, call]) => trespass(url, title, call, [0, 400, 404, 405])),
      trespass(
        url,
        '_method',
        { method: 'POST', path: `${label}?_method=PUT`, headers: reader },
        [404, 405],
      ),
    ]);
    const control = await send(url, { path: '/models/digits', headers: reader });
    return {
      held: outcome.held && control.status === 200,
      figures: `${outcome.figures}; the reader itself ${control.status}`,
    };
  },
};
