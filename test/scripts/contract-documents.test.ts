import { describe, expect, it } from 'vitest';
import { withOneBody } from '../../scripts/foreign/documents.ts';

const contract = () => ({
  paths: {
    '/a': { post: { requestBody: { content: { 'application/json': 1, 'text/plain': 2 } } } },
    '/b': { get: {}, put: { requestBody: { content: { 'application/json': 3 } } } },
  },
});

describe('a contract cut for generators that know one content type', () => {
  it('keeps the wanted one where a call takes it, and else its first', () => {
    expect(withOneBody(contract(), 'text/plain')).toEqual({
      paths: {
        '/a': { post: { requestBody: { content: { 'text/plain': 2 } } } },
        '/b': { get: {}, put: { requestBody: { content: { 'application/json': 3 } } } },
      },
    });
  });
});
