import { allRefused, trespass, type Attack, type AttackContext } from './attack.ts';
import { apiKey, bearer, json, pause, send, sendText, withHeaders, type Call } from './wire.ts';

const guarded: readonly Call[] = [
  { path: '/models' },
  { path: '/models/digits' },
  { path: '/train' },
  { path: '/datasets' },
  { method: 'POST', path: '/train', ...json({}) },
  { method: 'POST', path: '/datasets', ...json({}) },
  { method: 'POST', path: '/models/digits/versions/1/evaluate', ...json({}) },
  { method: 'PUT', path: '/models/digits/labels/production', ...json({ version: 1 }) },
  { method: 'DELETE', path: '/models/digits/labels/production' },
  { method: 'POST', path: '/predict', ...json({ instances: [Array(784).fill(0)] }) },
];
const modelsCall: Call = { path: '/models' };

const labelOf = ({ method = 'GET', path }: Call): string => `${method} ${path}`;

/** Every guarded call with each of these headers. */
function everyCall(
  { url }: AttackContext,
  headers: Record<string, Call['headers']>,
  statuses: readonly number[],
) {
  return allRefused(
    url,
    Object.entries(headers).flatMap(([title, own]) =>
      guarded.map((call) =>
        trespass(url, `${title}, ${labelOf(call)}`, withHeaders(call, own), statuses),
      ),
    ),
  );
}

const missing: Attack = {
  name: 'no key, and keys where none are looked for (query, cookie, basic)',
  group: 'keys',
  async run(context) {
    const { admin } = context.callers;
    const inPath = guarded.map((call) =>
      trespass(
        context.url,
        `query, ${labelOf(call)}`,
        { ...call, path: `${call.path}?api_key=${admin}` },
        [401],
      ),
    );
    const plain = await everyCall(
      context,
      {
        none: {},
        cookie: { cookie: `x-api-key=${admin}` },
        'from a proxy': {
          'x-forwarded-for': '127.0.0.1',
          'x-real-ip': '127.0.0.1',
          forwarded: 'for=127.0.0.1',
        },
        'client address': {
          'x-forwarded-host': 'localhost',
          'x-client-ip': '127.0.0.1',
          'x-original-url': '/livez',
        },
        basic: { authorization: `Basic ${Buffer.from(`admin:${admin}`).toString('base64')}` },
      },
      [401],
    );
    const queries = await allRefused(context.url, inPath);
    return {
      held: plain.held && queries.held,
      figures: `${plain.figures}; in the query: ${queries.figures}`,
    };
  },
};

const wrong: Attack = {
  name: 'wrong, revoked and expired keys, and pieces of right ones',
  group: 'keys',
  run(context) {
    const { admin, wrongSecret, unknown, revoked, expired, read } = context.callers;
    const headers = {
      'wrong secret': apiKey(wrongSecret),
      'unknown id': bearer(unknown),
      revoked: apiKey(revoked),
      expired: bearer(expired),
      shortened: apiKey(admin.slice(0, -1)),
      lengthened: apiKey(`${admin}A`),
      'lower case': apiKey(admin.toLowerCase()),
      'secret of another': apiKey(
        [...admin.split('_').slice(0, 2), read.split('_').slice(2).join('_')].join('_'),
      ),
      'not a key': bearer('admin'),
      prototype: bearer('__proto__'),
    };
    return everyCall(context, headers, [401]);
  },
};

const oddHeaders: Attack = {
  name: 'credentials twice, contradicting, malformed, very long',
  group: 'keys',
  run({ url, callers: { admin, read, predict } }) {
    const cases: Record<string, Call['headers']> = {
      'two keys': { 'x-api-key': [admin, predict] },
      'the same twice': { 'x-api-key': [admin, admin] },
      'a list': apiKey(`${admin},${predict}`),
      'two headers that differ': { 'x-api-key': admin, authorization: `Bearer ${read}` },
      'no key in it': apiKey(' '),
      'two words': { authorization: `Bearer ${admin} ${admin}` },
      'no scheme': { authorization: admin },
      long: apiKey(`glimpse_${'a'.repeat(12_000)}`),
    };
    const asText: Record<string, string> = {
      'two spellings': `X-Api-Key: ${admin}\r\nx-API-key: ${predict}`,
      'bearer twice': `Authorization: Bearer ${admin}\r\nauthorization: Bearer ${predict}`,
      'bearer twice, the worse one first': `Authorization: Bearer ${predict}\r\nauthorization: Bearer ${admin}`,
    };
    return allRefused(url, [
      ...Object.entries(cases).map(([title, headers]) =>
        trespass(url, title, withHeaders(modelsCall, headers), [401]),
      ),
      ...Object.entries(asText).map(([title, headers]) => ({
        title,
        statuses: [401],
        send: () => sendText(url, `GET /models HTTP/1.1\r\nhost: localhost\r\n${headers}\r\n\r\n`),
      })),
    ]);
  },
};

const wrongScope: Attack = {
  name: 'right keys for what they are not for: scope and model',
  group: 'keys',
  run({ url, callers: { predict, read, shop } }) {
    const [, , , , train, , evaluate, put, remove, predictCall] = guarded;
    const ownModels = { ...predictCall!, path: '/models/digits/predict' };
    const inBody = { method: 'POST', path: '/train', ...json({ model: 'digits' }) };
    const calls: [string, Call, string][] = [
      ...guarded.slice(0, 9).map((call): [string, Call, string] => ['predict', call, predict]),
      ...[train!, evaluate!, put!, remove!, predictCall!].map((call): [string, Call, string] => [
        'read',
        call,
        read,
      ]),
      ...[evaluate!, put!, remove!, predictCall!, ownModels, inBody].map(
        (call): [string, Call, string] => ['shop-*', call, shop],
      ),
      ['shop-* by another case', { ...ownModels, path: '/models/SHOP-1/predict' }, shop],
    ];
    return allRefused(
      url,
      calls.map(([title, call, key]) =>
        trespass(url, `${title}, ${labelOf(call)}`, withHeaders(call, apiKey(key)), [403]),
      ),
    );
  },
};

const revokedInUse: Attack = {
  name: 'a key that is revoked while it is in use',
  group: 'keys',
  async run({ url, callers }) {
    const call = withHeaders(modelsCall, apiKey(callers.leaver));
    const before = await send(url, call);
    await callers.revoke(callers.leaver);
    const startedAt = Date.now();
    let last = before;
    while (last.status === 200 && Date.now() - startedAt < 10_000) {
      await pause(50);
      last = await send(url, call);
    }
    return {
      held: before.status === 200 && last.status === 401,
      figures: `${before.status}, then ${last.status} after ${Date.now() - startedAt} ms`,
    };
  },
};

export const keyAttacks: readonly Attack[] = [missing, wrong, oddHeaders, wrongScope, revokedInUse];
