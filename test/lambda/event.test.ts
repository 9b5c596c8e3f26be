import { describe, expect, it } from 'vitest';
import { answerFor } from '../../src/lambda/event-answer.ts';
import { requestIn, UnknownEvent } from '../../src/lambda/event.ts';
import { balancer, version1, version2 } from './events.ts';

const body = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0x00]);
const sent = { method: 'POST', path: '/predict?top=3&model=a%20b', type: 'image/png', body };

describe('the request in an event', () => {
  it.each([
    ['version 1.0 of API Gateway', version1(sent), 'api-gateway-v1'],
    ['version 2.0 of API Gateway, and function URLs', version2(sent), 'http-v2'],
    ['a load balancer', balancer(sent), 'load-balancer'],
    ['a load balancer with lists of values', balancer(sent, true), 'load-balancer'],
  ])('of %s is whole, with a binary body', (_name, event, source) => {
    const request = requestIn(event);
    expect(request).toMatchObject({ source, method: 'POST', remoteAddress: '203.0.113.7' });
    const url = new URL(request.url, 'http://x');
    expect(url.pathname).toBe('/predict');
    expect([...url.searchParams]).toEqual([
      ['top', '3'],
      ['model', 'a b'],
    ]);
    expect(request.headers).toMatchObject({ 'content-type': 'image/png', 'content-length': '6' });
    expect(request.body).toEqual(body);
  });

  it('keeps a text body, repeated parameters and cookies', () => {
    const text = {
      ...version2({ method: 'POST', path: '/predict?top=1&top=2' }),
      body: '{"é":1}',
      isBase64Encoded: false,
    };
    const request = requestIn(text);
    expect(request.url).toBe('/predict?top=1&top=2');
    expect(request.body.toString()).toBe('{"é":1}');
    expect(request.headers['content-length']).toBe('8');
    expect(request.headers['cookie']).toBe('a=1; b=2');
    expect(requestIn(version1({ path: '/predict?top=1&top=2' })).url).toBe('/predict?top=1&top=2');
  });

  it('is called by the id that the platform has for it, unless the client gave one', () => {
    expect(requestIn(version1({ id: 'abc' })).headers['x-request-id']).toBe('abc');
    const event = version2({ id: 'abc' });
    const own = { ...event, headers: { ...event.headers, 'X-Request-Id': 'mine' } };
    expect(requestIn(own).headers['x-request-id']).toBe('mine');
  });

  it('loses the stage that the default endpoint of an HTTP API has before its paths', () => {
    expect(requestIn(version2({ path: '/predict' }, 'prod')).url).toBe('/predict');
    expect(requestIn(version2({ path: '/production/x' }, 'prod')).url).toBe('/production/x');
  });

  it.each([
    ['/models/a b', '/models/a%20b'],
    ['/models/ä', '/models/%C3%A4'],
    ['/models/100%', '/models/100%25'],
    ['/models/a%2Fb', '/models/a%2Fb'],
    ['/v1/models/digits:predict', '/v1/models/digits:predict'],
    ['/a?b#c', '/a%3Fb%23c'],
    ['predict', '/predict'],
    ['/a\r\nb', '/a%0D%0Ab'],
    ['/a\ud800', '/a%EF%BF%BD'],
  ])('has the path %j as a request line can say it', (path, url) => {
    expect(requestIn({ ...version1({}), path }).url).toBe(url);
  });

  it('has nobody of this machine for a caller, whatever headers say', () => {
    const event = balancer({ address: '198.51.100.2' });
    expect(requestIn(event).remoteAddress).toBe('198.51.100.2');
    expect(requestIn({ ...event, headers: {} }).remoteAddress).toBe('0.0.0.0');
    expect(
      requestIn({ ...version2({}), requestContext: { http: { method: 'GET' } } }).remoteAddress,
    ).toBe('0.0.0.0');
  });

  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])(
    'has nobody for a caller where it says %s, which would be this machine',
    (address) => {
      for (const event of [version1({ address }), version2({ address }), balancer({ address })])
        expect(requestIn(event).remoteAddress).toBe('0.0.0.0');
    },
  );

  it('takes a header called __proto__ for one like any other', () => {
    const multiValueHeaders = JSON.parse('{"__proto__": ["a", "b"], "Accept": ["x"]}') as object;
    const { headers } = requestIn({ ...version1({}), multiValueHeaders });
    expect(Object.getPrototypeOf(headers)).toBe(Object.prototype);
    const names: string[] = [];
    for (const name in headers) names.push(name);
    expect(names.toSorted()).toEqual(['__proto__', 'accept', 'x-request-id']);
  });

  it('has no header of the connection to the maker of the event', () => {
    const event = balancer({ method: 'POST', body });
    const headers = {
      'X-Forwarded-For': '10.0.0.1, 203.0.113.7',
      'Content-Type': 'application/json',
      'Content-Length': '999999',
      'Transfer-Encoding': 'chunked',
      Expect: '100-continue',
    };
    expect(requestIn({ ...event, headers }).headers).toEqual({
      'content-type': 'application/json',
      'x-forwarded-for': '10.0.0.1, 203.0.113.7',
      'content-length': '6',
    });
  });

  it.each([
    [undefined],
    [null],
    ['text'],
    [[]],
    [{}],
    [{ Records: [{ eventSource: 'aws:s3' }] }],
    [{ httpMethod: 'GET' }],
    [{ version: '2.0', requestContext: { http: { method: 7 } } }],
  ])('is not in %j', (event) => {
    expect(() => requestIn(event)).toThrow(UnknownEvent);
  });
});

describe('the answer to an event', () => {
  const json = {
    statusCode: 422,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      vary: ['a', 'b'],
      connection: 'close',
      'content-length': 2,
      'set-cookie': ['c=1', 'd=2'],
    },
    body: Buffer.from('{}'),
  };
  const image = { statusCode: 200, headers: { 'content-type': 'image/png' }, body };

  it('has the form of version 2.0', () => {
    expect(answerFor(requestIn(version2({})), json)).toEqual({
      statusCode: 422,
      isBase64Encoded: false,
      body: '{}',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        vary: 'a, b',
        'content-length': '2',
      },
      cookies: ['c=1', 'd=2'],
    });
  });

  it('has the form of version 1.0', () => {
    expect(answerFor(requestIn(version1({})), json)).toMatchObject({
      statusCode: 422,
      multiValueHeaders: {
        vary: ['a', 'b'],
        'content-length': ['2'],
        'set-cookie': ['c=1', 'd=2'],
      },
    });
  });

  it('has the form of a load balancer, with lists where its target group has them', () => {
    const plain = answerFor(requestIn(balancer({})), json);
    expect(plain).toMatchObject({
      statusDescription: '422 Unprocessable Entity',
      headers: { vary: 'a, b' },
    });
    expect(plain).not.toHaveProperty('multiValueHeaders');
    const lists = answerFor(requestIn(balancer({}, true)), json);
    expect(lists).toMatchObject({ multiValueHeaders: { vary: ['a', 'b'] } });
    expect(lists).not.toHaveProperty('headers');
  });

  it('is base64 where it is no text, and where it is compressed', () => {
    const request = requestIn(version2({}));
    expect(answerFor(request, image)).toMatchObject({
      isBase64Encoded: true,
      body: body.toString('base64'),
    });
    const zipped = { ...json, headers: { ...json.headers, 'content-encoding': 'gzip' }, body };
    expect(answerFor(request, zipped).isBase64Encoded).toBe(true);
    const metrics = {
      ...json,
      headers: { 'content-type': 'application/openmetrics-text; version=1.0.0' },
    };
    expect(answerFor(request, metrics).body).toBe('{}');
    expect(
      answerFor(request, { statusCode: 204, headers: {}, body: Buffer.alloc(0) }),
    ).toMatchObject({ isBase64Encoded: false, body: '' });
  });
});
