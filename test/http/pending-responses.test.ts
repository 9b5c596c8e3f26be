import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import {
  handleInTurn,
  trackPendingResponses,
} from '../../src/http/connections/pending-responses.ts';

it('requests that were never begun end with their connection, and no error is made for each of them', async () => {
  const begun: IncomingMessage[] = [];
  const all: IncomingMessage[] = [];
  let ahead = 0;
  const server = createServer(
    handleInTurn((request) => begun.push(request), { onAhead: () => (ahead += 1), onDrop() {} }),
  );
  trackPendingResponses(server);
  server.on('request', (request) => all.push(request));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(30));
  await expect.poll(() => [all.length, begun.length]).toEqual([30, 4]);
  socket.destroy();
  await expect.poll(() => all.filter(({ destroyed }) => destroyed).length).toBe(30);
  expect(ahead).toBe(29);
  expect(begun.every(({ errored }) => errored?.message === 'aborted')).toBe(true);
  expect(all.filter(({ errored }) => errored !== null)).toHaveLength(4);
  await new Promise((resolve) => server.close(resolve));
});
