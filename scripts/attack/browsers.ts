import { allRefused, trespass, type Attack } from './attack.ts';
import { apiKey, json, neighbourAddress, send, withHeaders, type Call } from './wire.ts';

const form =
  '--b\r\ncontent-disposition: form-data; name="request"\r\n\r\n{"dataset":{"uri":"sample:train"},"epochs":1}\r\n--b--\r\n';
const formCall: Call = {
  method: 'POST',
  path: '/train',
  headers: { 'content-type': 'multipart/form-data; boundary=b' },
  body: form,
};
const calls: readonly Call[] = [
  formCall,
  { ...formCall, headers: { 'content-type': 'text/plain' } },
  { ...formCall, path: '/datasets' },
  { ...formCall, path: '/models/digits/versions/1/evaluate' },
  { method: 'POST', path: '/models/digits/refresh' },
  { method: 'PUT', path: '/models/digits/labels/production', ...json({ version: 1 }) },
  { method: 'DELETE', path: '/models/digits/labels/production' },
  { path: '/train' },
  { path: '/datasets' },
  { path: '/models' },
];

/** What a browser sends with a request of a page that is not ours. */
const pages: Record<string, Call['headers']> = {
  'cross-site': { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  'an old browser': { origin: 'https://evil.example' },
  'no origin told': { 'sec-fetch-site': 'cross-site' },
  'another site of the domain': { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' },
  'a sandboxed frame': { origin: 'null', 'sec-fetch-site': 'cross-site' },
  'a file': { origin: 'file://' },
  'another port': { origin: 'http://localhost:1', 'sec-fetch-site': 'same-site' },
  'a name that begins like it': { origin: 'https://app.example.evil.example' },
  'another scheme of an allowed one': { origin: 'http://app.example' },
};

/** Names that a page can have point at this machine. */
const rebound = [
  'evil.example',
  'localhost.evil.example',
  'evil.example:80',
  'localhost@evil.example',
  '127.0.0.1.evil.example',
];

const forgery: Attack = {
  name: 'pages of others in a browser on this machine (CSRF): forms and fetches, with and without an origin',
  group: 'browsers',
  async run({ startServer }) {
    const { url } = await startServer({ hasKeys: false });
    const control = await send(url, { path: '/train', from: neighbourAddress });
    const outcome = await allRefused(
      url,
      Object.entries(pages).flatMap(([title, headers]) =>
        calls.map((call) =>
          trespass(
            url,
            `${title}, ${call.method ?? 'GET'} ${call.path}`,
            withHeaders(call, headers),
            [403],
          ),
        ),
      ),
    );
    return {
      held: outcome.held && control.status === 200,
      figures: `without a page ${control.status}; ${outcome.figures}`,
    };
  },
};

const rebinding: Attack = {
  name: 'names that point here (DNS rebinding), and what proxies add, without keys',
  group: 'browsers',
  async run({ startServer }) {
    const { url } = await startServer({ hasKeys: false });
    const proxies: Record<string, Call['headers']> = {
      'x-forwarded-for': { 'x-forwarded-for': '127.0.0.1' },
      forwarded: { forwarded: 'for=127.0.0.1;host=localhost' },
      via: { via: '1.1 proxy' },
      'x-forwarded-host': { host: 'evil.example', 'x-forwarded-host': 'localhost' },
    };
    return allRefused(url, [
      ...rebound.flatMap((host) =>
        calls.map((call) =>
          trespass(url, `${host}, ${call.path}`, withHeaders(call, { host }), [400, 403]),
        ),
      ),
      ...Object.entries(proxies).map(([title, headers]) =>
        trespass(url, title, withHeaders({ path: '/train' }, headers), [403]),
      ),
    ]);
  },
};

const preflights: Attack = {
  name: 'CORS: preflights and reads of origins that are not listed, with a right key too',
  group: 'browsers',
  async run({ url, callers }) {
    const told: string[] = [];
    const origins = [
      'https://evil.example',
      'null',
      'https://app.example.evil.example',
      'http://app.example',
      'https://APP.example ',
    ];
    let count = 0;
    for (const origin of origins) {
      for (const [method, path] of [
        ['POST', '/train'],
        ['PUT', '/models/digits/labels/production'],
        ['POST', '/predict'],
        ['GET', '/models'],
      ]) {
        const asked = {
          origin,
          'access-control-request-method': method!,
          'access-control-request-headers': 'x-api-key',
        };
        const responses = [
          await send(url, { method: 'OPTIONS', path: path!, headers: asked }),
          await send(url, {
            path: path!,
            method: method!,
            headers: { ...apiKey(callers.admin)!, origin },
          }),
        ];
        count += responses.length;
        told.push(
          ...responses
            .filter(({ headers }) => headers['access-control-allow-origin'] !== undefined)
            .map(({ status }) => `${origin} ${path} ${status}`),
        );
      }
    }
    const listed = await send(url, {
      method: 'OPTIONS',
      path: '/train',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
    });
    const allowed = listed.headers['access-control-allow-origin'];
    return {
      held: told.length === 0 && allowed === 'https://app.example',
      figures: `${count} calls, ${told.length} allowed; the listed origin: ${allowed}`,
    };
  },
};

export const browserAttacks: readonly Attack[] = [forgery, rebinding, preflights];
