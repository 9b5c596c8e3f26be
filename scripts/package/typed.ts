import Fastify from 'fastify';
import { createGlimpse, errors, type Glimpse, type Schemas } from 'glimpse';
import { createClient, type JobEvent, type Prediction } from 'glimpse/client';
import glimpsePlugin from 'glimpse/fastify';

const glimpse: Glimpse = await createGlimpse({
  repository: './models',
  settings: { GLIMPSE_MAX_BATCH_SIZE: 8 },
});
const prediction: Prediction = await glimpse.predict(new Uint8Array());
const label: string = prediction.label;
const version: Schemas['Version'] = await glimpse.call('getVersion', {
  path: { model: 'digits', version: 1 },
});
// @ts-expect-error a version is a number
await glimpse.call('getVersion', { path: { model: 'digits', version: 'one' } });
// @ts-expect-error there is no such call
await glimpse.call('getVersions', {});
// @ts-expect-error settings are those of Glimpse
await createGlimpse({ settings: { MAX_BATCH_SIZE: 8 } });

const client = createClient({ url: 'http://localhost:8080', key: 'k', retries: 1 });
const job = await client.train({ model: 'digits', epochs: 1 }, [
  { name: 'a.csv', data: new Blob() },
]);
// @ts-expect-error there are no half epochs in words
await client.train({ epochs: 'one' });
for await (const event of client.events(job.id)) {
  const told: JobEvent = event;
  console.log(told.type, label, version.state);
}
try {
  await client.wait(job.id);
} catch (error) {
  if (error instanceof errors.GLIMPSE_QUEUE_FULL) console.log(error.retryAfterMs);
  else throw error;
}
await Fastify().register(glimpsePlugin, { prefix: '/vision', dataDir: './data' });
