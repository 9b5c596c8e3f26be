/**
 * The least that it costs a Node server to refuse: 503 to every request as soon as its head is there, on a connection
 * that stays open. What refusals of Glimpse are measured beside, as a process of its own.
 */
import { createServer } from 'node:http';

const answer = '{"error":{"code":"REFUSED"}}';

const server = createServer((request, response) => {
  // What still comes of its body is read and thrown away, or the connection could not be used again.
  request.resume();
  response.writeHead(503, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': answer.length,
  });
  response.end(answer);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address) process.stdout.write(`port ${address.port}\n`);
});
