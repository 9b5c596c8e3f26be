/** Events as AWS documents them, with the request that each of them holds. */

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly type?: string;
  readonly body?: Buffer;
  readonly address?: string;
  readonly id?: string;
}

const encoded = (body: Buffer | undefined) => ({
  body: body ? body.toString('base64') : null,
  isBase64Encoded: body !== undefined,
});

/** Of API Gateway's HTTP API, and of a function URL, whose stage is $default. */
export function version2(
  { method = 'GET', path = '/', type, body, address, id }: Sent,
  stage = '$default',
) {
  const [rawPath = '/', rawQueryString = ''] = path.split('?');
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: stage === '$default' ? rawPath : `/${stage}${rawPath}`,
    rawQueryString,
    cookies: ['a=1', 'b=2'],
    headers: { ...(type !== undefined && { 'content-type': type }), accept: 'application/json' },
    requestContext: {
      accountId: '123456789012',
      domainName: 'id.execute-api.eu-west-1.amazonaws.com',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: address ?? '203.0.113.7' },
      requestId: id ?? 'JKJaXmPLvHcESHA=',
      stage,
    },
    ...encoded(body),
  };
}

/** Of API Gateway's REST API. */
export function version1({ method = 'GET', path = '/', type, body, address, id }: Sent) {
  const url = new URL(path, 'http://x');
  const all: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) (all[name] ??= []).push(value);
  return {
    version: '1.0',
    resource: '/{proxy+}',
    path: decodeURIComponent(url.pathname),
    httpMethod: method,
    headers: { 'Content-Type': type ?? 'application/json', Accept: 'application/json' },
    multiValueHeaders: {
      'Content-Type': [type ?? 'application/json'],
      Accept: ['application/json'],
    },
    queryStringParameters: Object.fromEntries(url.searchParams),
    multiValueQueryStringParameters: all,
    requestContext: {
      httpMethod: method,
      identity: { sourceIp: address ?? '203.0.113.7' },
      requestId: id ?? 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
      stage: 'prod',
    },
    ...encoded(body),
  };
}

const lists = (given: Record<string, string>) =>
  Object.fromEntries(Object.entries(given).map(([name, value]) => [name, [value]]));

/** Of an application load balancer, whose target group has lists of values or has not. */
export function balancer(
  { method = 'GET', path = '/', type, body, address }: Sent,
  hasLists = false,
) {
  const [plain = '/', query = ''] = path.split('?');
  const pairs = query === '' ? [] : query.split('&').map((pair) => pair.split('='));
  const headers = {
    'content-type': type ?? 'application/json',
    'x-forwarded-for': `10.0.0.1, ${address ?? '203.0.113.7'}`,
  };
  return {
    requestContext: { elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:eu-west-1:1:tg/x/1' } },
    httpMethod: method,
    path: plain,
    ...(hasLists
      ? {
          multiValueHeaders: lists(headers),
          multiValueQueryStringParameters: lists(Object.fromEntries(pairs)),
        }
      : { headers, queryStringParameters: Object.fromEntries(pairs) }),
    ...encoded(body),
  };
}
