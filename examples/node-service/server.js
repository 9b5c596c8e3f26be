import Fastify from 'fastify';
import { createClient, GlimpseError, GlimpseTimeout, GlimpseUnreachable } from 'glimpse/client';

const glimpse = createClient({
  url: process.env.GLIMPSE_URL ?? 'http://localhost:8080',
  key: process.env.GLIMPSE_KEY,
  timeoutMs: 5000,
});

const app = Fastify({ logger: true, bodyLimit: 10 * 1024 * 1024 });
app.addContentTypeParser(/^image\//, { parseAs: 'buffer' }, (_request, body, done) =>
  done(null, body),
);

app.post('/readings', async (request, reply) => {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const { label, score, warnings } = await glimpse.predict(request.body, { signal: gone.signal });
  if (warnings?.length > 0)
    return reply.code(422).send({ error: 'Please send a clearer picture.', warnings });
  return { digit: Number(label), certainty: score };
});

app.setErrorHandler((error, request, reply) => {
  // What is wrong with a picture is for whoever sent it; all else is between this service and Glimpse.
  if (error instanceof GlimpseError && error.status < 500 && error.status !== 401) {
    return reply.code(error.status).send({ error: error.message, code: error.code });
  }
  request.log.error(error);
  const isAway = error instanceof GlimpseUnreachable || error instanceof GlimpseTimeout;
  return reply
    .code(isAway ? 503 : (error.statusCode ?? 500))
    .send({ error: 'No reading can be taken at the moment.' });
});

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void app.close());
await app.listen({ port: Number(process.env.PORT ?? 3000) });
