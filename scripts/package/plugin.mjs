import multipart from '@fastify/multipart';
import Fastify from 'fastify';
import glimpse from 'glimpse/fastify';
import { createClient } from 'glimpse/client';

const app = Fastify();
await app.register(multipart);
app.get('/mine', async () => 'mine');
await app.register(glimpse, { prefix: '/vision' });
const url = await app.listen({ host: '127.0.0.1', port: 0 });
const mine = await (await fetch(`${url}/mine`)).text();
const client = createClient({ url: `${url}/vision` });
const { label } = await client.predict(new URL('7.png', import.meta.url));
console.log(mine, label);
await app.close();
if (mine !== 'mine' || label !== '7') process.exitCode = 1;
