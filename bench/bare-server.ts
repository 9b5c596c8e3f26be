/**
 * The least a Node server can do: read the whole body, answer a JSON of a given size. What Glimpse is
 * measured beside, as a process of its own. Usage: bare-server.ts <bytes of the answer>
 */
import { createServer } from 'node:http';

const bytes = Number(process.argv[2]);
const answer = JSON.stringify({ padding: 'x'.repeat(Math.max(0, bytes - 14)) });

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    response.writeHead(body.length > 0 ? 200 : 400, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': answer.length,
    });
    response.end(answer);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address) process.stdout.write(`port ${address.port}\n`);
});
