/**
 * Fastify with sharp and onnxruntime-node, as somebody who knows them writes it. Usage: serve.mjs MODEL PORT
 */
import multipart from '@fastify/multipart';
import fastify from 'fastify';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';

const [model, port] = process.argv.slice(2);
const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
const app = fastify({ bodyLimit: 32 * 2 ** 20 });
await app.register(multipart, { limits: { fileSize: 32 * 2 ** 20, files: 64 } });
app.addContentTypeParser(/^image\//, { parseAs: 'buffer' }, (_request, body, done) => {
  done(null, body);
});

const prepare = (image) =>
  sharp(image).greyscale().resize(28, 28, { fit: 'fill' }).raw().toBuffer();

async function predict(images) {
  const data = new Float32Array(images.length * 784);
  images.forEach((pixels, row) =>
    pixels.forEach((pixel, at) => (data[row * 784 + at] = pixel / 255)),
  );
  const { logits } = await session.run({
    image: new Tensor('float32', data, [images.length, 1, 28, 28]),
  });
  return {
    predictions: images.map((_, row) => best(logits.data.subarray(row * 10, row * 10 + 10))),
  };
}

function best(logits) {
  const label = logits.indexOf(Math.max(...logits));
  const score = 1 / logits.reduce((sum, logit) => sum + Math.exp(logit - logits[label]), 0);
  return { label: String(label), score };
}

app.post('/image', async ({ body }) => predict([await prepare(body)]));
app.post('/files', async (request) => {
  const images = [];
  for await (const part of request.files()) images.push(prepare(await part.toBuffer()));
  return predict(await Promise.all(images));
});
app.post('/json', ({ body }) => predict(body.instances));
await app.listen({ host: '127.0.0.1', port: Number(port) });
