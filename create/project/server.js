import Fastify from 'fastify';
import glimpse from 'glimpse/fastify';

const app = Fastify({ logger: true });
app.get('/', async () => 'Send the picture of a digit to /vision/predict.');
await app.register(glimpse, { prefix: '/vision' });
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void app.close());
await app.listen({ port: Number(process.env.PORT ?? 3000) });
