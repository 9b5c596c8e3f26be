import { createHmac } from 'node:crypto';
import { allRefused, NotTried, trespass, type Attack } from './attack.ts';
import { bearer, send, withHeaders, type Call } from './wire.ts';

const modelsCall: Call = { path: '/models' };

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export const tokenAttack: Attack = {
  name: 'tokens: alg none, shared secret, another key, audience, issuer, time, changed claims',
  group: 'keys',
  async run({ url, callers: { issuer } }) {
    if (!issuer) throw new NotTried('needs an issuer that the server trusts');
    const right = await issuer.sign({});
    const [head, payload, signature] = right.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<
      string,
      unknown
    >;
    const shared = `${encode({ alg: 'HS256', kid: 'one' })}.${payload}`;
    const now = Math.floor(Date.now() / 1000);
    const cases: Record<string, string> = {
      'alg none': `${encode({ alg: 'none' })}.${payload}.`,
      'alg None': `${encode({ alg: 'None', kid: 'one' })}.${payload}.${signature}`,
      'shared secret': `${shared}.${createHmac('sha256', issuer.jwks).update(shared).digest('base64url')}`,
      'changed claims': `${head}.${encode({ ...claims, groups: ['readers', 'admins'] })}.${signature}`,
      'no signature': `${head}.${payload}.`,
      'another key': await issuer.sign({}, { kid: 'two' }),
      'another audience': await issuer.sign({ aud: 'shop' }),
      'another issuer': await issuer.sign({ iss: 'https://issuer.example.evil' }),
      expired: await issuer.sign({ exp: now - 600 }),
      'not yet': await issuer.sign({ nbf: now + 600 }),
      'nobody in particular': await issuer.sign({ sub: undefined }),
    };
    const control = await send(url, withHeaders(modelsCall, bearer(right)));
    const outcome = await allRefused(url, [
      ...Object.entries(cases).map(([title, token]) =>
        trespass(url, title, withHeaders(modelsCall, bearer(token)), [401]),
      ),
      trespass(
        url,
        'no scope',
        withHeaders(modelsCall, bearer(await issuer.sign({ groups: ['nobodies'] }))),
        [403],
      ),
      trespass(
        url,
        'a name of Object',
        withHeaders(modelsCall, bearer(await issuer.sign({ groups: ['constructor'] }))),
        [403],
      ),
    ]);
    return {
      held: outcome.held && control.status === 200,
      figures: `the right one ${control.status}; ${outcome.figures}`,
    };
  },
};
